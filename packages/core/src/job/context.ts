import type { NextStep } from "../envelope/envelope.ts";
import type { Enqueue } from "./enqueue.ts";

/** The context of a run, besides the parameters. */
export interface JobContext {
  /** The job's id, stable over retries, redelivery and redrive. */
  readonly id: string;
  /** Name of the task as this app declares it, also when the job was sent under an alias. */
  readonly task: string;
  /** The number of this attempt: failures so far + 1. */
  readonly attempt: number;
  /** How many failures the job may have before it becomes a dead letter. */
  readonly maxAttempts: number;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** The worker domain the job was routed to, if any. */
  readonly domain: string | undefined;
  /** Texts from the producer besides the parameters: trace context, tenant, … */
  readonly headers: Readonly<Record<string, string>>;
  /** When the job was enqueued, in ms since 1970 by the producer's clock. */
  readonly enqueuedAt: number;
  /**
   * Aborts on timeout, lost lease, cancellation and 5 s before the end of a shutdown. `signal.reason` is the error with
   * the cause. Pass it on.
   */
  readonly signal: AbortSignal;
  /** The same as `id`, for systems that accept an idempotency key: a job may run more than once. */
  readonly idempotencyKey: string;
  /**
   * Logs with the job's id, task and attempt attached. Lines from the level of the setting `jobLog` on (default
   * `info`) are kept with the job, see `App.jobLog`.
   */
  readonly log: JobLog;
  /** Publishes the progress of the run as any JSON value. It never fails the job. */
  progress(value: unknown): void;
  /** Enqueues a follow-up job of this app, which inherits the trace headers. */
  readonly enqueue: Enqueue;
  /**
   * Completes this job with an open transaction of yours, in the database of the broker or of its inbox. So its effect
   * and its end are one: a job whose transaction is committed never runs again. Call it before the commit, and return
   * after it.
   * `value`: the result of the job, in place of what the handler returns. Follow-up jobs take the same transaction as
   * option.
   * @throws UnsupportedError where the broker is in no database and has no inbox
   * @throws LeaseLostError where another worker has the job, or has completed it: roll back
   * @throws ConfigError for a transaction that is not open, or of another database
   */
  transaction(transaction: object, value?: unknown): Promise<void>;
  /** The next steps after this job in its chain. */
  readonly followups: Followups;
}

/** The steps after a job of a chain. */
export interface Followups {
  /**
   * Removes them from the flow and returns them in order. Then no job follows by itself; the handler may enqueue them
   * later. A second call returns the same list. It counts only if this run succeeds. Empty outside of a chain and at
   * its end.
   * @throws ConfigError in a member of a group: the others wait for its value
   */
  take(): readonly NextStep[];
}

/** `ctx.log`: a message first, then fields. */
export interface JobLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
