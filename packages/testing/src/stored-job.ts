import type { Task, TaskInput } from "@jobs/core";
import type { DeadReason, SerializedError } from "@jobs/core/broker";

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
