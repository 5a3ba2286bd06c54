import type { SerializedError } from "../errors/serialized-error.ts";
import type { Marks } from "../marks/marks.ts";

/** The kept outcome of a job. */
export interface JobResult {
  /** The job's id: storing a result twice under one id keeps the first success. */
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly status: "succeeded" | "dead" | "cancelled";
  /** What the handler returned, when it is JSON; `null` for nothing. */
  readonly value?: unknown;
  readonly error?: SerializedError;
  readonly attempt: number;
  /** ms since 1970. */
  readonly finishedAt: number;
}

/** Where outcomes are kept. A store never decides about a job: core retries it while the lease lasts. */
export interface ResultStore {
  /** Name for messages: `sqlite`, `postgres`, … */
  readonly kind: string;
  /** Idempotent by `result.id`. Keeps it for `ttlMs` (`Infinity` = until removed). */
  put(result: JobResult, ttlMs: number): Promise<void>;
  /** `undefined` when nothing is kept (not yet, expired, never). */
  get(id: string): Promise<JobResult | undefined>;
  /** Removes what is past its time; returns how many. */
  prune(): Promise<number>;
  /** A notebook in the same storage; closes with the store. */
  readonly marks: Marks;
  close(): Promise<void>;
}
