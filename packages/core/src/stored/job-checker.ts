import type { MessageState } from "../broker/stored-message.ts";
import type { AppConfig } from "../config/app-config.ts";
import { type EncodedMessage, storedIdOf } from "../envelope/decode.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { MONITOR_TASK } from "../history/monitor-task.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import { acceptParams, isFaultOfStep, type ReadLimits, readJob } from "../worker/run/decode-and-bind.ts";
import { BySignature, type NamedSignature } from "./by-signature.ts";
import {
  type FoundMismatch,
  type JobMismatch,
  MismatchCounter,
  reasonsOf,
  unknownTask,
} from "./job-mismatch.ts";

/** The jobs of one signature in one state, and what the new release says of them. */
export interface CheckedSignature extends NamedSignature {
  /** `waiting` where only a history knows the jobs: it does not tell ready from delayed. */
  readonly state: MessageState | "waiting";
  readonly count: number;
  /** Jobs that a worker would hold or make dead letters. */
  readonly refused: number;
  /** Jobs whose parameters are not known. */
  readonly unchecked: number;
  readonly reasons: readonly JobMismatch[];
}

/** What decides about a job. */
export interface CheckerParts {
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly config: AppConfig;
}

interface Group extends NamedSignature {
  count: number;
  refused: number;
  unchecked: number;
  readonly reasons: MismatchCounter;
}

/** Schemas with asynchronous rules may ask a server, so that only some are checked at once. */
const MAX_PENDING = 50;

/** Checks the jobs of one queue in one state, as a worker of this release would. It runs none. */
export class JobChecker {
  readonly #parts: CheckerParts;
  readonly #limits: ReadLimits;
  readonly #groups = new BySignature<Group>((named) => ({
    ...named,
    count: 0,
    refused: 0,
    unchecked: 0,
    reasons: new MismatchCounter(),
  }));
  #pending: Promise<void>[] = [];

  constructor(parts: CheckerParts, maxMessageBytes: number) {
    this.#parts = parts;
    this.#limits = { codecs: parts.config.worker.codecs, maxMessageBytes };
  }

  /** Checks a message. `end` waits for asynchronous schemas. */
  add(message: EncodedMessage): void {
    let envelope: Envelope;
    try {
      envelope = readJob(message, this.#limits);
    } catch (error) {
      const group = this.#groups.of(undefined);
      group.count++;
      return refuse(group, reasonsOf({ error, outcome: "dead" }), message.messageId);
    }
    this.#check(envelope, message);
  }

  /** Checks a job of which only the task and the parameters are known; without parameters only the task. */
  addKnown(job: { readonly id: string; readonly task: string; readonly params?: Envelope["params"] }): void {
    const { id, task: name, params } = job;
    const group = this.#groups.of({ task: name, sig: "" });
    const task = this.#find(name);
    const isHidden = (task?.options.redact ?? []).length > 0;
    if (task !== undefined && name !== MONITOR_TASK && (params === undefined || isHidden)) {
      group.count++;
      group.unchecked++;
      return;
    }
    const envelope = { v: 1, task: name, params: params ?? {}, id, sig: "", enqueuedAt: "" };
    this.#check(envelope, { messageId: id, body: "" });
  }

  /** Waits until all added jobs are checked. */
  async end(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
  }

  /** Whether so many checks are waiting that `end` should be awaited. */
  get isFull(): boolean {
    return this.#pending.length >= MAX_PENDING;
  }

  /** All groups, those with refused jobs first. */
  list(state: CheckedSignature["state"]): readonly CheckedSignature[] {
    const groups = this.#groups.values().map(({ reasons, ...group }) => ({
      state,
      ...group,
      reasons: reasons.list(),
    }));
    return groups.sort((one, other) => other.refused - one.refused || other.count - one.count);
  }

  #check(envelope: Envelope, message: EncodedMessage): void {
    const group = this.#groups.of(envelope);
    group.count++;
    // The monitor's own worker takes them.
    if (envelope.task === MONITOR_TASK) return;
    const idOf = () => storedIdOf(message, envelope);
    const task = this.#find(envelope.task);
    if (task === undefined) return refuse(group, [unknownTask("held")], idOf());
    const { compat, onMismatch } = this.#parts.config.task(task.name);
    const fail = (error: unknown) => {
      const outcome = onMismatch === "dead" || isFaultOfStep(error) ? "dead" : "held";
      refuse(group, reasonsOf({ error, outcome, redact: task.options.redact }), idOf());
    };
    try {
      const bound = acceptParams(task, envelope, compat);
      if (bound instanceof Promise) this.#pending.push(bound.then(() => {}, fail));
    } catch (error) {
      fail(error);
    }
  }

  /** A producer's app has no handlers; a worker's app holds jobs of tasks without one. */
  #find(name: string): Task | undefined {
    const { tasks, handlers } = this.#parts;
    const task = tasks.find(name);
    return task === undefined || handlers.size === 0 || handlers.has(task.name) ? task : undefined;
  }
}

function refuse(group: Group, reasons: readonly FoundMismatch[], id: string): void {
  group.refused++;
  group.reasons.add(reasons, id);
}
