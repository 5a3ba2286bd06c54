import type { LifecycleEvent, RunRef } from "@jobs/core";
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
        /** `undefined` if no handler ran. */
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

/** Turns the lifecycle of an app into a list of {@link JobOutcome}s. */
export class OutcomeLog {
  readonly list: JobOutcome[] = [];
  readonly #resultOf: (id: string) => unknown;
  readonly #errors = new Map<string, SerializedError>();

  /** `resultOf` returns the value of a job's handler. */
  constructor(resultOf: (id: string) => unknown) {
    this.#resultOf = resultOf;
  }

  /** The observer to be given to the app. */
  readonly observe = (event: LifecycleEvent): void => {
    // The event of the failure comes first, that of its settlement later.
    if (event.type === "job.failed") this.#errors.set(event.job.id, event.error);
    const outcome = this.#outcomeOf(event);
    if (outcome !== undefined) this.list.push(outcome);
  };

  #outcomeOf(event: LifecycleEvent): JobOutcome | undefined {
    switch (event.type) {
      case "job.succeeded":
        return { ...stampOf(event), status: "succeeded", result: this.#resultOf(event.job.id) };
      case "job.retried": {
        const error = this.#errors.get(event.job.id);
        return { ...stampOf(event), status: "retried", delayMs: event.delayMs, error };
      }
      case "job.snoozed":
        return { ...stampOf(event), status: "snoozed", delayMs: event.delayMs };
      case "job.held":
        return { ...stampOf(event), status: "held", delayMs: event.delayMs, reason: event.reason };
      case "job.dead":
        return { ...stampOf(event), status: "dead", reason: event.reason, error: event.error };
      case "job.released":
        return { ...stampOf(event), status: "released" };
      case "job.cancelled":
        return { ...stampOf(event), status: "cancelled" };
      case "job.lease_lost":
        return { ...stampOf(event), status: "lease_lost" };
      case "job.ack_lost":
        return { ...stampOf(event), status: "ack_lost" };
      default:
        return undefined;
    }
  }
}

type RunEvent = Extract<LifecycleEvent, { type: "job.succeeded" | "job.released" }>;

function stampOf({ job, at }: Pick<RunEvent, "job" | "at">) {
  const { id, task, queue, attempt } = job;
  return { id, task, queue, attempt, at };
}
