import type { MemoryStorage } from "@jobs/adapter-memory";
import type { Task, TaskInput } from "@jobs/core";
import { type DeadReason, decodeEnvelope, type Envelope, type SerializedError } from "@jobs/core/broker";
import type { TestWorld } from "./test-world.ts";

/** A job that is in a queue of the test app. */
export interface StoredJob<T extends Task = Task> {
  readonly id: string;
  readonly task: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** As they were enqueued; `undefined` when the message is not an envelope. */
  readonly params: TaskInput<T>;
  /** `delayed` also between two attempts; `leased` while a run holds it. */
  readonly state: "ready" | "delayed" | "leased";
  /** How long from now until it is due, in ms; 0 when it is not delayed. */
  readonly delayMs: number;
  /** When it was or will be due, in ms since 1970 on the test's clock. */
  readonly dueAt: number;
  readonly priority: number;
  /** Runs that failed so far. */
  readonly failures: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A dead letter: a job that was set aside for people. */
export interface DeadLetter<T extends Task = Task> {
  readonly id: string;
  readonly task: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** As they were enqueued; `undefined` when the message is not an envelope. */
  readonly params: TaskInput<T>;
  readonly reason: DeadReason;
  /** The error of the last run; `undefined` without a run. */
  readonly error: SerializedError | undefined;
  /** In ms since 1970 on the test's clock. */
  readonly deadAt: number;
  /** Runs that failed before it was set aside. */
  readonly failures: number;
}

/** Reads the stored jobs of one prefix, without leases and without waiting. */
export class StoredJobs {
  readonly #world: TestWorld;
  readonly #prefix: string;
  readonly #monitor: string | undefined;

  /** Ignores the queue of `monitor`: events are not jobs of the app. */
  constructor(world: TestWorld, prefix: string, monitor: string | undefined) {
    this.#world = world;
    this.#prefix = prefix;
    this.#monitor = monitor;
  }

  /** Names without prefix of the queues that exist. */
  get queues(): readonly string[] {
    const { queues } = this.#world;
    return [...queues]
      .filter((name) => name.startsWith(this.#prefix))
      .map((name) => name.slice(this.#prefix.length))
      .filter((name) => name !== this.#monitor);
  }

  /** Whether anything could be received now. */
  get isAnyReady(): boolean {
    return this.#states().some(({ state }) => state.counts.ready > 0);
  }

  /** When the next delayed job is due or the next lease ends, on the monotonic clock; `undefined` without either. */
  get nextDueAt(): number | undefined {
    const times = this.#states().flatMap(({ state }) => state.nextDueAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Jobs that wait or run, in the order in which they were sent. */
  waiting<T extends Task>(task?: T): readonly StoredJob<T>[] {
    return this.#records().flatMap(({ record, queue }) => {
      if (record.state === "dead") return [];
      const job = this.#describe<T>(record, queue);
      return task === undefined || job.task === task.name ? [job] : [];
    });
  }

  /** Dead letters, the oldest first. */
  dead<T extends Task>(task?: T): readonly DeadLetter<T>[] {
    const letters = this.#records().flatMap(({ record, queue }) => {
      const { dead } = record.history;
      if (record.state !== "dead" || dead === undefined) return [];
      const { id, task: name, queue: plain, params, failures } = this.#describe<T>(record, queue);
      const { reason, error, at: deadAt } = dead;
      return [{ id, task: name, queue: plain, params, reason, error, deadAt, failures }];
    });
    return letters
      .filter((letter) => task === undefined || letter.task === task.name)
      .toSorted((a, b) => a.deadAt - b.deadAt);
  }

  #states() {
    const { storage, clock } = this.#world;
    const nowAt = clock.monotonic();
    return this.queues.map((queue) => {
      const { state } = storage.queue(`${this.#prefix}${queue}`);
      state.catchUp(nowAt);
      return { queue, state };
    });
  }

  #records() {
    return this.#states()
      .flatMap(({ queue, state }) => [...state.values()].map((record) => ({ queue, record })))
      .toSorted((a, b) => a.record.order - b.record.order);
  }

  #describe<T extends Task>(record: MessageRecord, queue: string): StoredJob<T> {
    const { clock } = this.#world;
    const envelope = envelopeOf(record.body);
    const heldUntil = envelope?.notBefore === undefined ? 0 : Date.parse(envelope.notBefore);
    const dueAt = Math.max(heldUntil, clock.now() + (record.at - clock.monotonic()));
    const { state } = record;
    return {
      id: envelope?.id ?? record.messageId,
      task: envelope?.task ?? record.label,
      queue: withoutDomain(queue, envelope?.domain),
      params: envelope?.params as TaskInput<T>,
      state: state === "dead" ? "ready" : state,
      delayMs: state === "delayed" ? dueAt - clock.now() : 0,
      dueAt,
      priority: record.priority,
      failures: record.history.failureCount,
      headers: envelope?.headers ?? {},
    };
  }
}

type MessageRecord = NonNullable<ReturnType<ReturnType<MemoryStorage["queue"]>["state"]["find"]>>;

/** `undefined` for a message that is not an envelope: it is shown anyway. */
function envelopeOf(body: string): Envelope | undefined {
  try {
    return decodeEnvelope(body);
  } catch {
    return undefined;
  }
}

function withoutDomain(queue: string, domain: string | undefined): string {
  const suffix = `__${domain}`;
  return domain !== undefined && queue.endsWith(suffix) ? queue.slice(0, -suffix.length) : queue;
}
