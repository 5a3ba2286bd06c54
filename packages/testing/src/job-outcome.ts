import type { RunRef } from "@jobs/core";
import type { DeadReason, SerializedError } from "@jobs/core/broker";

/** The outcome of one delivery of a job, confirmed by the broker. */
export type JobOutcome = RunRef & {
  /** In ms since 1970 on the test's clock. */
  readonly at: number;
} & (
    | {
        readonly status: "succeeded";
        /** The handler's value, converted to JSON; `null` for no value. */
        readonly result: unknown;
      }
    /** It failed and runs again after `delayMs`. */
    | { readonly status: "retried"; readonly delayMs: number; readonly error: SerializedError | undefined }
    /** The handler asked for another time, or a long delay continues with its next hop. */
    | { readonly status: "snoozed"; readonly delayMs: number }
    /** Not run: the worker does not know the task, its signature or the envelope's version. */
    | { readonly status: "held"; readonly delayMs: number; readonly reason: DeadReason }
    | {
        readonly status: "dead";
        readonly reason: DeadReason;
        /** `undefined` where no handler ran. */
        readonly error: SerializedError | undefined;
      }
    /** A stopping worker released the unfinished job. */
    | { readonly status: "released" }
    /** Cancelled before or during its run. */
    | { readonly status: "cancelled" }
    /** The lease ended before the handler did: another worker may have the job. */
    | { readonly status: "lease_lost" }
    /** It succeeded, but the ack failed: it may run once more. */
    | { readonly status: "ack_lost" }
  );
