import type { Envelope } from "../envelope/envelope.ts";
import type { RunRef } from "./lifecycle.ts";

/** A run that has succeeded and is not acknowledged yet. */
export interface Success {
  readonly job: RunRef;
  /** The job as it was sent. */
  readonly envelope: Envelope;
  /** What the handler returned. */
  readonly value: unknown;
  /** The handler has taken what follows: the flow does not go on by itself. */
  readonly hasTakenFollowups?: boolean;
  /** ms since 1970. */
  readonly finishedAt: number;
}

/** Stands around a handler: calls `run`, or gives what an earlier run of the same job has given. */
export type RunOnce = (envelope: Envelope, run: () => unknown) => unknown;

/**
 * A step between a handler's success and the ack: store the result, send the chain's next job. Steps run in order and
 * must be idempotent by job id: one that throws is tried again while the lease lasts, and the whole job runs again if
 * the lease is lost in between.
 */
export interface CompletionStep {
  /** For logs: `result`, `chain`. */
  readonly name: string;
  /** Whether it has anything to do for a job. Default: for every job. */
  concerns?(envelope: Envelope): boolean;
  complete(success: Success): Promise<void>;
}
