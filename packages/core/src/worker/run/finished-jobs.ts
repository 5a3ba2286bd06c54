import type { Delivery } from "../../broker/delivery.ts";
import type { Success } from "../../job/completion.ts";
import type { RunRef } from "../../job/lifecycle.ts";
import type { RunParts } from "../worker-parts.ts";
import { completeSteps } from "./completion-steps.ts";
import type { Run } from "./run.ts";
import { COUNTER_OF, outcomeEvent, type RunOutcome } from "./run-outcome.ts";

/** The most remembered jobs, as the sum of the lengths of their bodies plus one for each. */
const MAX_SIZE = 1_000_000;

type Succeeded = Extract<RunOutcome, { readonly status: "succeeded" }>;

/** A succeeded job whose message may return. */
export interface FinishedJob {
  readonly delivery: Delivery;
  readonly job: RunRef;
  readonly outcome: Succeeded;
  /** Whether its ack was confirmed and its success counted. The broker cannot recognise an ended lease. */
  readonly isCounted: boolean;
}

/** Whether `later` is the same job as `earlier`: an id may be used again after its job is done. */
export function isRedelivery(earlier: Delivery, later: Delivery): boolean {
  return later.deliveryCount > earlier.deliveryCount && later.body === earlier.body;
}

/**
 * Counts and publishes outcomes. It also remembers jobs that this worker has completed after their lease ended. If such
 * a job returns, it is acked instead of run again. Otherwise two workers with jobs longer than the lease would exchange
 * it for ever.
 */
export class FinishedJobs {
  readonly #parts: RunParts;
  readonly #jobs = new Map<string, FinishedJob>();
  #size = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** The job of a delivery, if it was done here; this removes it. */
  take(delivery: Delivery): FinishedJob | undefined {
    if (this.#jobs.size === 0) return undefined;
    const job = this.#jobs.get(delivery.messageId);
    this.#remove(delivery.messageId);
    return job !== undefined && isRedelivery(job.delivery, delivery) ? job : undefined;
  }

  /** The broker has confirmed the outcome of a run, at that monotonic time. */
  confirmed(run: Run, outcome: RunOutcome, confirmedAt: number): void {
    const { counters, lifecycle, runtime, keepDeath } = this.#parts;
    if (outcome.status === "succeeded" && (run.hasLostLease || run.leaseUntil <= confirmedAt))
      this.remember(run, outcome, true);
    counters[COUNTER_OF[outcome.status]]++;
    if (lifecycle.isObserved || outcome.status === "dead") {
      const at = runtime.clock.now();
      if (outcome.status === "dead")
        keepDeath?.({ job: run.ref, envelope: run.envelope, death: outcome, at });
      if (lifecycle.isObserved) lifecycle.publish(outcomeEvent(outcome, run.ref, at));
    }
    // The ack succeeded although the lease seemed lost, so the steps may run now.
    if (run.hasLostLease && outcome.status === "succeeded" && outcome.success !== undefined) {
      void this.#completeLate(run, outcome.success);
    }
  }

  /** The ack of a completed job failed: it may run once more, here or elsewhere. */
  ackLost(run: Run): void {
    const { counters, lifecycle, runtime } = this.#parts;
    counters.acksLost++;
    if (run.outcome?.status === "succeeded") this.remember(run, run.outcome, false);
    if (lifecycle.isObserved)
      lifecycle.publish({ type: "job.ack_lost", at: runtime.clock.now(), job: run.ref });
    const fields = { job: run.ref.id, task: run.ref.task };
    runtime.limited.error(fields, "the ack of a finished job was lost; it may run once more");
  }

  /** Its message may return; see {@link FinishedJob}. */
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

  /** The job has left its queue, so an error here cannot make it a dead letter. */
  async #completeLate(run: Run, success: Success): Promise<void> {
    const completed = await completeSteps(run, success, this.#parts.steps, this.#parts);
    if (completed.status === "done") return;
    const { id, task } = run.ref;
    const fields = { job: id, task, chain: success.envelope.chain, status: completed.status };
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
