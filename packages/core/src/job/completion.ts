import type { RunRef } from "./lifecycle.ts";

/** A run that has succeeded and is not acknowledged yet. */
export interface Success {
  readonly job: RunRef;
  /** What the handler returned. */
  readonly value: unknown;
  /** ms since 1970. */
  readonly finishedAt: number;
}

/**
 * A step between a handler's success and the ack: store the result, send the chain's next job. Steps run in order and
 * must be idempotent by job id: one that throws is tried again while the lease lasts, and the whole job runs again if
 * the lease is lost in between.
 */
export interface CompletionStep {
  /** For logs: `result`, `chain`. */
  readonly name: string;
  complete(success: Success): Promise<void>;
}
