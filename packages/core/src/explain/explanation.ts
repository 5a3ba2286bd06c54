/**
 * Why a job is where it is. Part of the API: scripts match it. The first cause that holds is the answer, in this order
 * for a job that is ready: its queue, its workers, its task, the jobs before it.
 */
export const JOB_CAUSES = [
  "delayed",
  "held",
  "queue_paused",
  "task_paused",
  "no_worker",
  "workers_unavailable",
  "unknown_task",
  "signature_mismatch",
  "rate_limit",
  "concurrency_limit",
  "behind",
  "workers_busy",
  "ready",
  "leased",
  "running",
  "worker_lost",
  "earlier_step",
  "dead",
  "succeeded",
  "cancelled",
  "not_found",
  "unknown",
] as const;

/** One of {@link JOB_CAUSES}. */
export type JobCause = (typeof JOB_CAUSES)[number];

/** Why the jobs of a queue do not start. Part of the API, as {@link JOB_CAUSES}. `moving`: they do start. */
export const QUEUE_CAUSES = [
  "empty",
  "delayed",
  "queue_paused",
  "task_paused",
  "no_worker",
  "workers_unavailable",
  "unknown_task",
  "signature_mismatch",
  "rate_limit",
  "concurrency_limit",
  "workers_busy",
  "running",
  "moving",
  "unknown",
] as const;

/** One of {@link QUEUE_CAUSES}. */
export type QueueCause = (typeof QUEUE_CAUSES)[number];

/** Where a statement was read. */
export type EvidenceSource =
  | "queue"
  | "workers"
  | "pause"
  | "cancellation"
  | "results"
  | "history"
  | "flow"
  | "tasks"
  | "settings";

/** One statement that was read, or that follows from what was read alone. */
export interface Evidence {
  readonly source: EvidenceSource;
  /** One sentence without a capital and a full stop. It contains no parameters. */
  readonly statement: string;
}

/** A cause with what it was read from. */
export interface Explanation<Cause extends string> {
  readonly cause: Cause;
  /** One or two sentences for people. */
  readonly summary: string;
  /** All that was read for this answer, in the order of reading. */
  readonly evidence: readonly Evidence[];
  /** When the cause ends by itself, in ms since 1970, where that is known. */
  readonly until?: number;
  /** What to do about it, or what it would take to know more. */
  readonly hint?: string;
}

/** The answer of `app.why`. */
export interface JobExplanation extends Explanation<JobCause> {
  readonly id: string;
  /** Name of its task, where known. */
  readonly task?: string;
  /** Name of its queue without prefix, where known. */
  readonly queue?: string;
}

/** The answer of `app.whyQueue`. */
export interface QueueExplanation extends Explanation<QueueCause> {
  /** Name without prefix. */
  readonly queue: string;
}
