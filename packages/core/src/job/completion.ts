import type { Envelope } from "../envelope/envelope.ts";
import type { RunRef } from "./lifecycle.ts";

/** A successful run before its ack. */
export interface Success {
  readonly job: RunRef;
  /** The job as it was sent. */
  readonly envelope: Envelope;
  /** What the handler returned. */
  readonly value: unknown;
  /** Whether the handler has taken the next steps, so that the flow does not continue by itself. */
  readonly hasTakenFollowups?: boolean;
  /** Whether the job was delivered before, so that another worker may have done its steps. Default false. */
  readonly wasDeliveredBefore?: boolean;
  /** ms since 1970. */
  readonly finishedAt: number;
}

/** Wraps a handler: calls `run`, or returns the value of an earlier run of the same job. */
export type RunOnce = (envelope: Envelope, run: () => unknown) => unknown;

/**
 * A step between a handler's success and the ack, such as storing the result or sending the next job. Steps run in
 * order and must be idempotent by job id. A failed step is retried while the lease lasts. If the lease is lost, the
 * whole job runs again.
 */
export interface CompletionStep {
  /** For logs: `result`, `chain`. */
  readonly name: string;
  /** Whether it applies to a job. Default: to every job. */
  concerns?(envelope: Envelope): boolean;
  complete(success: Success): Promise<void>;
}
