import type { NextStep } from "../envelope/envelope.ts";
import type { Enqueue } from "./enqueue.ts";

/** What a handler knows about its run besides the parameters. */
export interface JobContext {
  /** The job's id, stable over retries, redelivery and redrive. */
  readonly id: string;
  /** Name of the task as this app declares it, also when the job was sent under an alias. */
  readonly task: string;
  /** Failures so far + 1. */
  readonly attempt: number;
  /** How many failures the job may have before it becomes a dead letter. */
  readonly maxAttempts: number;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** The worker domain the job was routed to, if any. */
  readonly domain: string | undefined;
  /** What the producer sent along beside the parameters: trace context, tenant, … */
  readonly headers: Readonly<Record<string, string>>;
  /** When the job was enqueued, in ms since 1970 by the producer's clock. */
  readonly enqueuedAt: number;
  /** Aborts on timeout, lost lease, cancellation and 5 s before a shutdown's end; `signal.reason` is the error that says which. Pass it on. */
  readonly signal: AbortSignal;
  /** The same as `id`: hand it to systems that take an idempotency key, since a job may run more than once. */
  readonly idempotencyKey: string;
  /** Logs with the job's id, task and attempt attached. Lines from level `info` on are kept with the job, see `App.jobLog`. */
  readonly log: JobLog;
  /** Publishes how far the run is; any JSON value. Never fails the job. */
  progress(value: unknown): void;
  /** Enqueues a follow-up job of this app; trace headers are carried on. */
  readonly enqueue: Enqueue;
  /** What comes after this job in its chain. */
  readonly followups: Followups;
}

/** The steps behind a job of a chain. */
export interface Followups {
  /**
   * Takes them out of the flow and returns them, in order: nothing follows this job by itself, and the handler may enqueue
   * them later. Again the same list when it is called again. Counts only if this run succeeds. Empty outside a chain and at its end.
   * @throws ConfigError in a member of a group: the others wait for its value
   */
  take(): readonly NextStep[];
}

/** `ctx.log`: a message first, fields second, as handlers write it by hand. */
export interface JobLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
