import type { MemoryStorage } from "@jobs/adapter-memory";
import type { App, Task, TaskInput } from "@jobs/core";
import { type DeadReason, decodeEnvelope, type Envelope, type SerializedError } from "@jobs/core/broker";
import type { SentMessage, TestWorld } from "./test-world.ts";

/** A job as it was enqueued. */
export interface RecordedJob<T extends Task = Task> {
  readonly id: string;
  readonly task: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** As they were enqueued; `undefined` when the message is not an envelope. */
  readonly params: TaskInput<T>;
  /** How long after the enqueue it is due, in ms; 0 for at once. */
  readonly delayMs: number;
  /** When it is due for the first time, in ms since 1970 on the test's clock. */
  readonly dueAt: number;
  readonly priority: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A job that is in a queue of the test app. */
export interface StoredJob<T extends Task = Task> extends RecordedJob<T> {
  /** How long from now until it is due, in ms; 0 when it is not delayed. */
  readonly delayMs: number;
  /** When it was or will be due, in ms since 1970 on the test's clock. */
  readonly dueAt: number;
  /** `delayed` also between two attempts; `leased` while a run holds it. */
  readonly state: "ready" | "delayed" | "leased";
  /** Runs that failed so far. */
  readonly failures: number;
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

/** Reads the jobs of one app, without leases and without waiting. Ignores the queue of its monitor: events are no jobs. */
export class StoredJobs {
  readonly #world: TestWorld;
  readonly #app: Pick<App, "config">;

  /** The settings of the app are read at each call: it may be bound to others before it opens. */
  constructor(world: TestWorld, app: Pick<App, "config">) {
    this.#world = world;
    this.#app = app;
  }

  /** Names without prefix of the queues that exist. */
  get queues(): readonly string[] {
    return [...this.#world.queues].flatMap((name) => this.#ownName(name) ?? []);
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

  /** All jobs that were enqueued so far, in the order of sending, also those that have run. */
  recorded<T extends Task>(task?: T): readonly RecordedJob<T>[] {
    return this.#world.sent.flatMap((sent) => {
      const queue = this.#ownName(sent.queue);
      if (queue === undefined) return [];
      const job = describeSent<T>(sent, queue);
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

  /** A queue of the app without the prefix; `undefined` for another app's, and for the monitor's. */
  #ownName(fullName: string): string | undefined {
    const { queuePrefix, monitor } = this.#app.config;
    if (!fullName.startsWith(queuePrefix)) return undefined;
    const name = fullName.slice(queuePrefix.length);
    return name === monitor ? undefined : name;
  }

  #states() {
    const { storage, clock } = this.#world;
    const nowAt = clock.monotonic();
    const { queuePrefix } = this.#app.config;
    return this.queues.map((queue) => {
      const { state } = storage.queue(`${queuePrefix}${queue}`);
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
    const dueAt = Math.max(heldUntil(envelope), clock.now() + (record.at - clock.monotonic()));
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

function describeSent<T extends Task>({ message, sentAt }: SentMessage, queue: string): RecordedJob<T> {
  const envelope = envelopeOf(message.body);
  const dueAt = Math.max(heldUntil(envelope), sentAt + (message.delayMs ?? 0));
  return {
    id: message.id,
    task: envelope?.task ?? message.label,
    queue: withoutDomain(queue, envelope?.domain),
    params: envelope?.params as TaskInput<T>,
    delayMs: dueAt - sentAt,
    dueAt,
    priority: message.priority ?? 0,
    headers: envelope?.headers ?? {},
  };
}

/** Until then a job with a long delay goes on waiting, in ms since 1970; 0 for all others. */
function heldUntil(envelope: Envelope | undefined): number {
  return envelope?.notBefore === undefined ? 0 : Date.parse(envelope.notBefore);
}

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
