import type { Envelope, JsonObject, JsonValue, NextStep } from "../../envelope/envelope.ts";
import { ConfigError } from "../../errors/config-errors.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { serializeError } from "../../errors/serialized-error.ts";
import { isError } from "../../errors/to-error.ts";
import type { Followups, JobContext, JobLog } from "../../job/context.ts";
import { carriedHeaders, type Enqueue, type EnqueuedJob, type EnqueueOptions } from "../../job/enqueue.ts";
import type { InstrumentationHooks } from "../../job/instrumentation.ts";
import { keptJson } from "../../job/kept-json.ts";
import type { Lifecycle, RunRef } from "../../job/lifecycle.ts";
import { jsonOrNull } from "../../json/json-or-null.ts";
import { checkArgument } from "../../options/check-options.ts";
import { transaction as transactionRule } from "../../options/option-rules.ts";
import type { Producer } from "../../producer/producer.ts";
import type { JobLogKeeper } from "../../results/job-log-keeper.ts";
import type { JobLogLine } from "../../results/job-log-store.ts";
import { onRejection } from "../../runtime/call-listener.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Task } from "../../task/task.ts";
import type { Run } from "./run.ts";

/** The parts of an app that the context of a run uses. */
export interface ContextParts {
  readonly producer: Producer;
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
  /** Keeps lines of `ctx.log` with the job, if settings say so. */
  readonly keptLog?: KeptLog | undefined;
  /** Further fields for each line of `ctx.log`, if any. */
  readonly logFields?: InstrumentationHooks["logFields"];
}

/** A transaction of the handler that completes the job. */
export interface JoinedTransaction {
  /** The result of the job, once it is committed. */
  readonly value: unknown;
}

/** The end of the log line where the broker keeps finished jobs with what their handlers gave. */
export const BROKER_KEEPS_NULL = "the broker keeps null in its place";

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** The `ctx` of one run. A class with getters: every job has one, so values are made only on use. */
export class RunContext implements JobContext {
  readonly #run: Run;
  readonly #envelope: Envelope;
  readonly #parts: ContextParts;
  readonly maxAttempts: number;
  #log: JobLog | undefined = undefined;
  #enqueue: Enqueue | undefined = undefined;
  #joined: JoinedTransaction | undefined = undefined;
  #isDoneElsewhere = false;

  constructor(run: Run, envelope: Envelope, maxAttempts: number, parts: ContextParts) {
    this.#run = run;
    this.#envelope = envelope;
    this.maxAttempts = maxAttempts;
    this.#parts = parts;
  }

  get id(): string {
    return this.#envelope.id;
  }

  get idempotencyKey(): string {
    return this.#envelope.id;
  }

  get task(): string {
    return this.#run.task;
  }

  get attempt(): number {
    return this.#run.attempt;
  }

  get queue(): string {
    return this.#run.source.queue;
  }

  get domain(): string | undefined {
    return this.#envelope.domain;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#envelope.headers ?? NO_HEADERS;
  }

  get enqueuedAt(): number {
    return Date.parse(this.#envelope.enqueuedAt);
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  get log(): JobLog {
    this.#log ??= createJobLog(this.#run, this.#parts);
    return this.#log;
  }

  progress(value: unknown): void {
    const { lifecycle, runtime } = this.#parts;
    lifecycle.publish({ type: "job.progress", at: runtime.clock.now(), job: this.#run.ref, progress: value });
    const { source, ref: job } = this.#run;
    if (!source.keepsFinished) return;
    const kept = keptJson(value, { job, name: "progress", loss: BROKER_KEEPS_NULL }, runtime);
    source.note(this.#run, { progress: JSON.stringify(kept) });
  }

  /** Bound to this run, so that handlers may pass it on; made on first use. */
  get enqueue(): Enqueue {
    this.#enqueue ??= this.#enqueueChild.bind(this);
    return this.#enqueue;
  }

  async transaction(transaction: object, value?: unknown): Promise<void> {
    checkArgument(transaction, "ctx.transaction: the first argument", transactionRule);
    const given = {
      job: this.#run.ref,
      name: "result",
      loss: "its transaction keeps null in its place",
    } as const;
    const text = JSON.stringify(keptJson(value, given, this.#parts.runtime));
    try {
      await this.#run.source.complete(this.#run, text, transaction);
    } catch (error) {
      this.#isDoneElsewhere ||= isJobsError(error, "lease_lost");
      throw error;
    }
    this.#joined = { value: JSON.parse(text) };
  }

  /** The transaction that the job is completed with, if the handler has given one. It may be rolled back. */
  get joined(): JoinedTransaction | undefined {
    return this.#joined;
  }

  /** Whether its transaction was refused, since another run of the job has completed it, or is about to. */
  get isDoneElsewhere(): boolean {
    return this.#isDoneElsewhere;
  }

  get followups(): Followups {
    return { take: () => this.#takeFollowups() };
  }

  #takeFollowups(): readonly NextStep[] {
    const { join, next = [] } = this.#envelope;
    if (join !== undefined) {
      const hint = "Take them in a job of a chain, or in the step after the group.";
      throw new ConfigError(
        "a job of a group cannot take the follow-ups: the other jobs of the group wait for its value.",
        {
          hint,
        },
      );
    }
    this.#run.takeFollowups();
    return structuredClone(next);
  }

  #enqueueChild<Input>(
    task: Task<string, Input>,
    params: Input,
    options?: EnqueueOptions,
  ): Promise<EnqueuedJob> {
    const origin = { parent: this.#envelope.id, headers: carriedHeaders(this.headers) };
    return this.#parts.producer.enqueue(task as Task, params, options, origin);
  }
}

/** The longest message that is kept with a job, in UTF-16 units; the log has all of it. */
const LONGEST_MESSAGE = 8_192;

/** Levels by rank. */
const LEVELS: readonly (keyof Logger)[] = ["debug", "info", "warn", "error"];

/** Which lines are kept, and how. */
export interface KeptLog {
  /** Absent without a coordination store. A broker that keeps finished jobs may still keep the lines. */
  readonly keeper: JobLogKeeper | undefined;
  /** Lines below this level are not kept. */
  readonly level: keyof Logger;
}

/**
 * The `ctx.log` of a run. A line goes into the log with the job's id, is kept with the job, and becomes an event (C30).
 */
function createJobLog(run: Run, { runtime, lifecycle, keptLog, logFields }: ContextParts): JobLog {
  const { id, task, attempt } = run.ref;
  const ref = { job: id, task, attempt };
  const { source } = run;
  const keep = keptLog?.keeper?.open(id, run.delivery.deliveryCount);
  const isKeeping = keep !== undefined || source.keepsFinished;
  const isKept = (level: keyof Logger) =>
    isKeeping && keptLog !== undefined && LEVELS.indexOf(level) >= LEVELS.indexOf(keptLog.level);
  const write =
    (level: keyof Logger) =>
    (written: string, given?: Readonly<Record<string, unknown>>): void => {
      const message = readMessage(written);
      const fields = logFields === undefined ? readFields(given) : withHookFields(given, logFields, run.ref);
      // The job stands before the fields, so that a limit does not drop it, and after them, so that no field replaces
      // it.
      runtime.logger[level]({ ...ref, ...fields, ...ref }, message);
      if (!lifecycle.isObserved && !isKept(level)) return;
      const at = runtime.clock.now();
      const line = { level, message: message.slice(0, LONGEST_MESSAGE), fields: keepable(fields) };
      if (isKept(level)) keep?.({ at, attempt, ...line });
      if (isKept(level) && source.keepsFinished) source.note(run, { line: noteOf(at, line) });
      lifecycle.publish({ type: "job.log", at, job: run.ref, ...line });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** A log line as one text, for the broker's own tools. */
function noteOf(
  at: number,
  { level, message, fields }: Pick<JobLogLine, "level" | "message" | "fields">,
): string {
  const rest = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
  return `${new Date(at).toISOString()} ${level} ${message}${rest}`;
}

/** Replaces a value that throws when it is read: a log line must never change the outcome of a job. */
const UNREADABLE = "(cannot be read)";

function readMessage(written: unknown): string {
  try {
    return String(written);
  } catch {
    return UNREADABLE;
  }
}

/** Reads each field once. A getter or a proxy may throw, or return another value the next time. */
function readFields(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== "object" || given === null) return given === undefined ? {} : { value: given };
  if (isError(given)) return { error: given };
  const fields: Record<string, unknown> = {};
  try {
    for (const name of Object.keys(given)) fields[name] = readField(given, name);
  } catch {
    return { fields: UNREADABLE };
  }
  return fields;
}

/** The handler's fields and those of an instrumentation, which stand in front as well, so that a limit keeps them. */
function withHookFields(
  given: unknown,
  logFields: NonNullable<InstrumentationHooks["logFields"]>,
  run: RunRef,
): Readonly<Record<string, unknown>> {
  const own = readFields(given);
  try {
    const further = logFields(run);
    onRejection(further);
    return further === undefined ? own : { ...further, ...own, ...further };
  } catch {
    return own;
  }
}

function readField(given: object, name: string): unknown {
  try {
    return Reflect.get(given, name);
  } catch {
    return UNREADABLE;
  }
}

/** Errors become objects; values that are not JSON become `null`. */
function keepable(fields: Readonly<Record<string, unknown>>): JsonObject {
  const kept = Object.entries(fields).map(([name, value]): [string, JsonValue] => [
    name,
    jsonOrNull(isError(value) ? { ...serializeError(value) } : value),
  ]);
  return Object.fromEntries(kept);
}
