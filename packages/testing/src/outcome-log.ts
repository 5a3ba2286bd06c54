import type { LifecycleEvent } from "@jobs/core";
import type { SerializedError } from "@jobs/core/broker";
import type { JobOutcome } from "./job-outcome.ts";

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
