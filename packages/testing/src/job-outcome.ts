import type { RunRef } from "@jobs/core";
import type { DeadReason, SerializedError } from "@jobs/core/broker";

/** What became of one delivery of a job, as the broker has confirmed it. */
export type JobOutcome = RunRef & {
  /** In ms since 1970 on the test's clock. */
  readonly at: number;
} & (
    | {
        readonly status: "succeeded";
        /** What the handler returned, as JSON carries it; `null` for nothing. */
        readonly result: unknown;
      }
    /** It failed and runs again after `delayMs`. */
    | { readonly status: "retried"; readonly delayMs: number; readonly error: SerializedError | undefined }
    /** It asked to be run later, or a delay longer than the broker can hold goes on. */
    | { readonly status: "snoozed"; readonly delayMs: number }
    /** Not run: the worker does not know the task, its signature or the envelope's version. */
    | { readonly status: "held"; readonly delayMs: number; readonly reason: DeadReason }
    | {
        readonly status: "dead";
        readonly reason: DeadReason;
        /** Absent where nothing ran. */
        readonly error: SerializedError | undefined;
      }
    /** Given back unfinished by a worker that stopped. */
    | { readonly status: "released" }
    /** Cancelled: not run, or stopped in the middle. */
    | { readonly status: "cancelled" }
    /** The lease ended before the handler did: another worker may have the job. */
    | { readonly status: "lease_lost" }
    /** It succeeded and the broker does not know: it may run once more. */
    | { readonly status: "ack_lost" }
  );
