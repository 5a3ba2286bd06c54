import type { Delivery } from "../../broker/delivery.ts";
import type { Success } from "../../job/completion.ts";
import type { RunRef } from "../../job/lifecycle.ts";
import type { RunParts } from "../worker-parts.ts";
import { completeSteps } from "./completion-steps.ts";
import type { Run } from "./run.ts";
import { COUNTER_OF, outcomeEvent, type RunOutcome } from "./run-outcome.ts";

/** Of all jobs together, in characters of their bodies and one for each: no more is remembered. */
const MAX_SIZE = 1_000_000;

type Succeeded = Extract<RunOutcome, { readonly status: "succeeded" }>;

/** A job whose handler has succeeded, and whose message may come back all the same. */
export interface FinishedJob {
  readonly delivery: Delivery;
  readonly job: RunRef;
  readonly outcome: Succeeded;
  /** Its ack was confirmed, and its success counted, but the broker cannot tell a lease that has ended. */
  readonly isCounted: boolean;
}

/** Whether `later` is the same job as `earlier`, delivered once more: an id may be used again after its job is done. */
export function isRedelivery(earlier: Delivery, later: Delivery): boolean {
  return later.deliveryCount > earlier.deliveryCount && later.body === earlier.body;
}

/**
 * Counts and tells how runs have ended, and remembers what this worker has done under leases that had ended by the time
 * of the ack: if such a job comes back here, it is acked instead of run again. Two workers that both hold a job longer
 * than its lease would else pass it on for ever.
 */
export class FinishedJobs {
  readonly #parts: RunParts;
  readonly #jobs = new Map<string, FinishedJob>();
  #size = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** The job of a delivery, if it was done here; it is forgotten then. */
  take(delivery: Delivery): FinishedJob | undefined {
    if (this.#jobs.size === 0) return undefined;
    const job = this.#jobs.get(delivery.messageId);
    this.#remove(delivery.messageId);
    return job !== undefined && isRedelivery(job.delivery, delivery) ? job : undefined;
  }

  /** The broker has confirmed how a run ends. */
  confirmed(run: Run, outcome: RunOutcome): void {
    const { counters, lifecycle, runtime, keepDeath } = this.#parts;
    if (outcome.status === "succeeded" && (run.hasLostLease || run.leaseUntil <= runtime.clock.monotonic()))
      this.remember(run, outcome, true);
    counters[COUNTER_OF[outcome.status]]++;
    const at = runtime.clock.now();
    if (outcome.status === "dead") keepDeath?.({ job: run.ref, envelope: run.envelope, death: outcome, at });
    if (lifecycle.isObserved) lifecycle.publish(outcomeEvent(outcome, run.ref, at));
    // The ack held although the lease had seemed lost: only now may the steps be taken.
    if (run.hasLostLease && outcome.status === "succeeded" && outcome.success !== undefined) {
      void this.#completeLate(run, outcome.success);
    }
  }

  /** The ack of a job that is done did not hold: the job may run once more, here or elsewhere. */
  ackLost(run: Run): void {
    const { counters, lifecycle, runtime } = this.#parts;
    counters.acksLost++;
    if (run.outcome?.status === "succeeded") this.remember(run, run.outcome, false);
    if (lifecycle.isObserved)
      lifecycle.publish({ type: "job.ack_lost", at: runtime.clock.now(), job: run.ref });
    const fields = { job: run.ref.id, task: run.ref.task };
    runtime.limited.error(fields, "the ack of a finished job was lost; it may run once more");
  }

  /** Its message may come back; see {@link FinishedJob}. */
  remember(run: Run, outcome: Succeeded, isCounted: boolean): void {
    const { delivery, ref: job } = run;
    this.#remove(delivery.messageId);
    this.#jobs.set(delivery.messageId, { delivery, job, outcome, isCounted });
    this.#size += sizeOf(delivery);
    for (const oldest of this.#jobs.keys()) {
      if (this.#size <= MAX_SIZE) return;
      this.#remove(oldest);
    }
  }

  /** No dead letter can tell of it any more: the job has left its queue. */
  async #completeLate(run: Run, success: Success): Promise<void> {
    const as = await completeSteps(run, success, this.#parts.steps, this.#parts);
    if (as.status === "done") return;
    const { id, task } = run.ref;
    const fields = { job: id, task, chain: success.envelope.chain, status: as.status };
    this.#parts.runtime.limited.error(
      fields,
      "a job is acked, but its result or the flow's next job is lost",
    );
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
