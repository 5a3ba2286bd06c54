import type { Delivery } from "../../broker/delivery.ts";
import type { RunRef } from "../../job/lifecycle.ts";
import type { RunOutcome } from "./run-outcome.ts";

/** Of all jobs together, in characters of their bodies and one for each: no more is remembered. */
const MAX_SIZE = 1_000_000;

/** A job whose handler has succeeded, and whose message may come back all the same. */
export interface FinishedJob {
  readonly delivery: Delivery;
  readonly job: RunRef;
  readonly outcome: Extract<RunOutcome, { readonly status: "succeeded" }>;
  /** Its ack was confirmed, and its success counted, but the broker cannot tell a lease that has ended. */
  readonly isCounted: boolean;
}

/** Whether `later` is the same job as `earlier`, delivered once more: an id may be used again after its job is done. */
export function isRedelivery(earlier: Delivery, later: Delivery): boolean {
  return later.deliveryCount > earlier.deliveryCount && later.body === earlier.body;
}

/**
 * What this worker has done under leases that had ended by the time of the ack: if such a job comes back here, it is
 * acked instead of run again. Two workers that both hold a job longer than its lease would else pass it on for ever.
 */
export class FinishedJobs {
  readonly #jobs = new Map<string, FinishedJob>();
  #size = 0;

  add(job: FinishedJob): void {
    const { delivery } = job;
    this.#remove(delivery.messageId);
    this.#jobs.set(delivery.messageId, job);
    this.#size += sizeOf(delivery);
    for (const oldest of this.#jobs.keys()) {
      if (this.#size <= MAX_SIZE) return;
      this.#remove(oldest);
    }
  }

  /** The job of a delivery, if it was done here; it is forgotten then. */
  take(delivery: Delivery): FinishedJob | undefined {
    if (this.#jobs.size === 0) return undefined;
    const job = this.#jobs.get(delivery.messageId);
    this.#remove(delivery.messageId);
    return job !== undefined && isRedelivery(job.delivery, delivery) ? job : undefined;
  }

  #remove(messageId: string): void {
    const job = this.#jobs.get(messageId);
    if (job === undefined) return;
    this.#jobs.delete(messageId);
    this.#size -= sizeOf(job.delivery);
  }
}

function sizeOf({ body }: Delivery): number {
  return body.length + 1;
}
