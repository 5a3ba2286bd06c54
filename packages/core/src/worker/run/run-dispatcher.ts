import type { Delivery } from "../../broker/delivery.ts";
import type { Success } from "../../job/completion.ts";
import type { SettleOutcome } from "../lease/ack-batcher.ts";
import type { InFlightRuns } from "../lease/in-flight.ts";
import type { Slots } from "../limits/slots.ts";
import type { TaskLimiter } from "../limits/task-limiter.ts";
import { cancelRun, completeSteps, endingAfter } from "./completion-steps.ts";
import { CrashIsolation } from "./crash-isolation.ts";
import { type BoundJob, type Decoded, type DecodeParts, decodeAndBind } from "./decode-and-bind.ts";
import { type FinishedJob, FinishedJobs, isRedelivery } from "./finished-jobs.ts";
import { JobRun, type OnFinish } from "./job-run.ts";
import { Run } from "./run.ts";
import { COUNTER_OF, outcomeEvent, RELEASED, type RunOutcome, settlementOf } from "./run-outcome.ts";
import type { RunParts } from "./run-parts.ts";

/** When a job is looked at again whose task is paused while others of its queue go on, in ms. */
const PAUSED_MS = 60_000;

/** What an {@link RunDispatcher} works with. */
export interface RunDispatcherParts extends RunParts {
  readonly admission: DecodeParts;
  readonly slots: Slots;
  readonly taskLimiter: TaskLimiter;
  /** Receiving must pause, or may go on: a suspect runs alone. */
  onSolo(isAlone: boolean): void;
  /** A handler does not come back. */
  onStuck(): void;
  /** Anything ended. */
  onChange(): void;
}

/** Everything a worker holds leases on: each delivery's way through admission, run and settlement. */
export class RunDispatcher {
  readonly #parts: RunDispatcherParts;
  readonly #onFinish: OnFinish = (run, outcome, stuck) => {
    if (stuck === undefined) this.#finish(run, outcome);
    else this.#leaveStuck(run, outcome, stuck);
  };
  readonly #isolation: CrashIsolation;
  readonly #finished = new FinishedJobs();
  #inHand = 0;
  #isRefusing = false;

  constructor(parts: RunDispatcherParts) {
    this.#parts = parts;
    this.#isolation = new CrashIsolation({
      inHand: () => this.#inHand,
      begin: (run) => this.#begin(run),
      onClose: () => parts.onSolo(true),
      onOpen: () => parts.onSolo(false),
    });
  }

  /** Takes a delivery in hand. */
  accept(inFlight: InFlightRuns, delivery: Delivery): void {
    if (this.#isKnown(inFlight, delivery)) return;
    this.#reserve();
    this.#place(inFlight, delivery);
  }

  /** Whether the job is in hand already, or has been done here: then it is not run once more. */
  #isKnown(inFlight: InFlightRuns, delivery: Delivery): boolean {
    const run = inFlight.find(delivery.messageId);
    if (run === undefined) return this.#isDone(inFlight, delivery);
    if (run.isEnding) {
      // Whether it is the same job again is told by the answer to its settlement.
      if (run.successor === undefined) this.#reserve();
      run.successor = delivery;
      return true;
    }
    if (isRedelivery(run.delivery, delivery)) {
      run.continueUnder(delivery);
      return true;
    }
    // Its job was done elsewhere, and another one has its id now.
    inFlight.lose(run);
    inFlight.forget(run);
    return false;
  }

  #isDone(inFlight: InFlightRuns, delivery: Delivery): boolean {
    const done = this.#finished.take(delivery);
    if (done === undefined) return false;
    const run = new Run(delivery, inFlight);
    run.identify(done.job.id, done.job.task);
    run.envelope = done.outcome.success?.envelope;
    run.isRepeat = done.isCounted;
    inFlight.hold(run);
    this.#inHand++;
    const { success } = done.outcome;
    this.#parts.runtime.logger.info(
      { job: done.job.id },
      "a job that was done here came back; it is not run again",
    );
    if (success === undefined || done.isCounted) this.#settle(run, done.outcome);
    else {
      void completeSteps(run, success, this.#parts).then((as) =>
        this.#settle(run, endingAfter(as, done.outcome, run)),
      );
    }
    return true;
  }

  #reserve(): void {
    this.#inHand++;
    this.#parts.slots.occupy();
  }

  #place(inFlight: InFlightRuns, delivery: Delivery): void {
    const run = new Run(delivery, inFlight);
    inFlight.hold(run);
    const place = this.#isRefusing ? "back" : this.#isolation.place(run);
    if (place === "now") this.#begin(run);
    else if (place === "back") this.#finish(run, RELEASED);
    else this.#parts.onChange();
  }

  /** Called at the end of each turn in which something changed: a whole batch has arrived by then. */
  advance(): void {
    this.#isolation.advance();
    // What is admitted now was admitted before; but it may have expired while it waited.
    for (const run of this.#parts.taskLimiter.next()) this.#begin(run);
  }

  /** From now on whatever arrives or waits is released unstarted. */
  refuse(): void {
    this.#isRefusing = true;
    this.#isolation.clear();
    for (const run of this.#parts.taskLimiter.clear()) this.#finish(run, RELEASED);
  }

  /** The settler's answer for a run that is ending. */
  ended(inFlight: InFlightRuns, run: Run, as: SettleOutcome): void {
    const { counters } = this.#parts;
    const { outcome = RELEASED, successor } = run;
    if (run.isRepeat) {
      if (as !== "settled" && outcome.status === "succeeded") this.#remember(run, outcome, true);
      return this.#drop(run);
    }
    if (as !== "settled" && successor !== undefined && isRedelivery(run.delivery, successor)) {
      return this.#settleUnder(run, successor);
    }
    if (as === "settled") this.#confirmed(run, outcome);
    else if (settlementOf(outcome, run.delivery).action === "ack") this.#ackLost(run);
    else if (!run.hasLostLease) counters.leasesLost++;
    this.#drop(run);
    if (successor === undefined) return;
    this.#inHand--;
    this.#parts.slots.vacate();
    this.accept(inFlight, successor);
  }

  /** The job came back to this worker before its settlement was refused: it is settled under the new lease. */
  #settleUnder(run: Run, delivery: Delivery): void {
    run.continueUnder(delivery);
    run.settleFailures = 0;
    this.#inHand--;
    this.#parts.slots.vacate();
    this.#settle(run, run.outcome);
  }

  /** The lease keeper's bad news. */
  lost(run: Run): void {
    this.#parts.counters.leasesLost++;
    this.#publish("job.lease_lost", run);
    const fields = { job: run.ref.id, task: run.ref.task };
    this.#parts.runtime.limited.warn(fields, "a lease was lost while the job was running");
    if (this.#parts.taskLimiter.withdraw(run)) this.#finish(run, undefined);
  }

  #begin(run: Run): void {
    if (this.#isRefusing || run.interruption !== undefined) {
      return this.#finish(run, run.hasLostLease ? undefined : RELEASED);
    }
    const admitted = decodeAndBind(run, this.#parts.admission);
    if (admitted instanceof Promise) void admitted.then((late) => this.#proceed(run, late));
    else this.#proceed(run, admitted);
  }

  #proceed(run: Run, admitted: Decoded): void {
    switch (admitted.status) {
      case "admitted":
        return this.#run(run, admitted);
      case "refused":
        return this.#finish(run, admitted.outcome);
      case "cancelled":
        void cancelRun(run, admitted.envelope, this.#parts).then((outcome) => this.#finish(run, outcome));
    }
  }

  #run(run: Run, job: BoundJob): void {
    const turn = this.#parts.taskLimiter.enter(run);
    if (turn === "now") new JobRun(run, job, this.#parts, this.#onFinish).start();
    else if (turn === "paused") {
      const delayMs = Math.min(PAUSED_MS, this.#parts.maxRetryDelayMs);
      this.#finish(run, { status: "snoozed", delayMs, reason: "the task is paused" });
    }
  }

  #leaveStuck(run: Run, outcome: RunOutcome | undefined, stuck: Promise<unknown>): void {
    const { slots, counters, runtime, taskLimiter } = this.#parts;
    slots.markStuck();
    counters.stuck++;
    this.#publish("job.stuck", run);
    const fields = { job: run.ref.id, task: run.ref.task };
    runtime.logger.error(fields, "a handler does not return; its slot is lost until it does");
    void stuck.then(() => {
      slots.unmarkStuck();
      slots.vacate();
      taskLimiter.leave(run);
      this.#parts.onChange();
    });
    this.#settle(run, outcome);
    this.#parts.onStuck();
  }

  #finish(run: Run, outcome: RunOutcome | undefined): void {
    this.#parts.slots.vacate();
    this.#parts.taskLimiter.leave(run);
    this.#settle(run, outcome);
  }

  #settle(run: Run, outcome: RunOutcome | undefined): void {
    if (outcome === undefined) this.#drop(run);
    else run.source.settle(run, outcome);
  }

  #confirmed(run: Run, outcome: RunOutcome): void {
    const { counters, lifecycle, runtime } = this.#parts;
    if (outcome.status === "succeeded" && (run.hasLostLease || run.leaseUntil <= runtime.clock.monotonic()))
      this.#remember(run, outcome, true);
    counters[COUNTER_OF[outcome.status]]++;
    const at = runtime.clock.now();
    if (outcome.status === "dead") {
      this.#parts.keepDeath?.({ job: run.ref, envelope: run.envelope, death: outcome, at });
    }
    if (lifecycle.isObserved) lifecycle.publish(outcomeEvent(outcome, run.ref, at));
    // The ack held although the lease had seemed lost: only now may the steps be taken.
    if (run.hasLostLease && outcome.status === "succeeded" && outcome.success !== undefined) {
      void this.#completeLate(run, outcome.success);
    }
  }

  /** No dead letter can tell of it any more: the job has left its queue. */
  async #completeLate(run: Run, success: Success): Promise<void> {
    const as = await completeSteps(run, success, { ...this.#parts, isAcked: true });
    if (as.status === "done") return;
    const { id, task } = run.ref;
    const fields = { job: id, task, chain: success.envelope.chain, status: as.status };
    this.#parts.runtime.limited.error(
      fields,
      "a job is acked, but its result or the flow's next job is lost",
    );
  }

  #ackLost(run: Run): void {
    const { counters, runtime } = this.#parts;
    counters.acksLost++;
    if (run.outcome?.status === "succeeded") this.#remember(run, run.outcome, false);
    this.#publish("job.ack_lost", run);
    const fields = { job: run.ref.id, task: run.ref.task };
    runtime.limited.error(fields, "the ack of a finished job was lost; it may run once more");
  }

  #remember(run: Run, outcome: FinishedJob["outcome"], isCounted: boolean): void {
    this.#finished.add({ delivery: run.delivery, job: run.ref, outcome, isCounted });
  }

  #drop(run: Run): void {
    run.source.forget(run);
    this.#inHand--;
    this.#isolation.left(run);
    this.#parts.onChange();
  }

  #publish(type: "job.stuck" | "job.lease_lost" | "job.ack_lost", run: Run): void {
    const { lifecycle, runtime } = this.#parts;
    if (lifecycle.isObserved) lifecycle.publish({ type, at: runtime.clock.now(), job: run.ref });
  }
}
