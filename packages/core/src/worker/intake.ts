import type { Delivery } from "../broker/delivery.ts";
import type { Success } from "../job/completion.ts";
import { type Admission, type Admitted, type AdmittedJob, admit } from "./admit.ts";
import { cancelRun } from "./cancel-run.ts";
import { completeSteps, endingAfter } from "./complete-steps.ts";
import { COUNTED_AS, type Ending, endingEvent, RELEASED, settlementOf } from "./ending.ts";
import { type FinishedJob, FinishedJobs, isRedelivery } from "./finished-jobs.ts";
import type { HeldRuns } from "./held-runs.ts";
import { JobRun, type OnFinish } from "./job-run.ts";
import { Run } from "./run.ts";
import type { RunParts } from "./run-parts.ts";
import type { SettledAs } from "./settler.ts";
import type { Slots } from "./slots.ts";
import { SoloLane } from "./solo-lane.ts";
import type { Turnstile } from "./turnstile.ts";

/** When a job is looked at again whose task is paused while others of its queue go on, in ms. */
const PAUSED_MS = 60_000;

/** What an {@link Intake} works with. */
export interface IntakeParts extends RunParts {
  readonly admission: Admission;
  readonly slots: Slots;
  readonly turnstile: Turnstile;
  /** Receiving must pause, or may go on: a suspect runs alone. */
  onSolo(isAlone: boolean): void;
  /** A handler does not come back. */
  onStuck(): void;
  /** Anything ended. */
  onChange(): void;
}

/** Everything a worker holds leases on: each delivery's way through admission, run and settlement. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #onFinish: OnFinish = (run, ending, stuck) => {
    if (stuck === undefined) this.#finish(run, ending);
    else this.#leaveStuck(run, ending, stuck);
  };
  readonly #lane: SoloLane;
  readonly #finished = new FinishedJobs();
  #inHand = 0;
  #isRefusing = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#lane = new SoloLane({
      inHand: () => this.#inHand,
      begin: (run) => this.#begin(run),
      onClose: () => parts.onSolo(true),
      onOpen: () => parts.onSolo(false),
    });
  }

  /** Takes a delivery in hand. */
  accept(held: HeldRuns, delivery: Delivery): void {
    if (this.#isKnown(held, delivery)) return;
    this.#reserve();
    this.#place(held, delivery);
  }

  /** Whether the job is in hand already, or has been done here: then it is not run once more. */
  #isKnown(held: HeldRuns, delivery: Delivery): boolean {
    const run = held.find(delivery.messageId);
    if (run === undefined) return this.#isDone(held, delivery);
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
    held.lose(run);
    held.forget(run);
    return false;
  }

  #isDone(held: HeldRuns, delivery: Delivery): boolean {
    const done = this.#finished.take(delivery);
    if (done === undefined) return false;
    const run = new Run(delivery, held);
    run.identify(done.job.id, done.job.task);
    run.envelope = done.ending.success?.envelope;
    run.isRepeat = done.isCounted;
    held.hold(run);
    this.#inHand++;
    const { success } = done.ending;
    this.#parts.runtime.logger.info(
      { job: done.job.id },
      "a job that was done here came back; it is not run again",
    );
    if (success === undefined || done.isCounted) this.#settle(run, done.ending);
    else {
      void completeSteps(run, success, this.#parts).then((as) =>
        this.#settle(run, endingAfter(as, done.ending, run)),
      );
    }
    return true;
  }

  #reserve(): void {
    this.#inHand++;
    this.#parts.slots.occupy();
  }

  #place(held: HeldRuns, delivery: Delivery): void {
    const run = new Run(delivery, held);
    held.hold(run);
    const place = this.#isRefusing ? "back" : this.#lane.place(run);
    if (place === "now") this.#begin(run);
    else if (place === "back") this.#finish(run, RELEASED);
    else this.#parts.onChange();
  }

  /** Called at the end of each turn in which something changed: a whole batch has arrived by then. */
  advance(): void {
    this.#lane.advance();
    // What is admitted now was admitted before; but it may have expired while it waited.
    for (const run of this.#parts.turnstile.next()) this.#begin(run);
  }

  /** From now on whatever arrives or waits is released unstarted. */
  refuse(): void {
    this.#isRefusing = true;
    this.#lane.clear();
    for (const run of this.#parts.turnstile.clear()) this.#finish(run, RELEASED);
  }

  /** The settler's answer for a run that is ending. */
  ended(held: HeldRuns, run: Run, as: SettledAs): void {
    const { tally } = this.#parts;
    const { ending = RELEASED, successor } = run;
    if (run.isRepeat) {
      if (as !== "settled" && ending.status === "succeeded") this.#remember(run, ending, true);
      return this.#drop(run);
    }
    if (as !== "settled" && successor !== undefined && isRedelivery(run.delivery, successor)) {
      return this.#settleUnder(run, successor);
    }
    if (as === "settled") this.#confirmed(run, ending);
    else if (settlementOf(ending, run.delivery).action === "ack") this.#ackLost(run);
    else if (!run.hasLostLease) tally.leasesLost++;
    this.#drop(run);
    if (successor === undefined) return;
    this.#inHand--;
    this.#parts.slots.vacate();
    this.accept(held, successor);
  }

  /** The job came back to this worker before its settlement was refused: it is settled under the new lease. */
  #settleUnder(run: Run, delivery: Delivery): void {
    run.continueUnder(delivery);
    run.settleFailures = 0;
    this.#inHand--;
    this.#parts.slots.vacate();
    this.#settle(run, run.ending);
  }

  /** The lease keeper's bad news. */
  lost(run: Run): void {
    this.#parts.tally.leasesLost++;
    this.#publish("job.lease_lost", run);
    const fields = { job: run.ref.id, task: run.ref.task };
    this.#parts.runtime.limited.warn(fields, "a lease was lost while the job was running");
    if (this.#parts.turnstile.withdraw(run)) this.#finish(run, undefined);
  }

  #begin(run: Run): void {
    if (this.#isRefusing || run.interruption !== undefined) {
      return this.#finish(run, run.hasLostLease ? undefined : RELEASED);
    }
    const admitted = admit(run, this.#parts.admission);
    if (admitted instanceof Promise) void admitted.then((late) => this.#proceed(run, late));
    else this.#proceed(run, admitted);
  }

  #proceed(run: Run, admitted: Admitted): void {
    switch (admitted.status) {
      case "admitted":
        return this.#run(run, admitted);
      case "refused":
        return this.#finish(run, admitted.ending);
      case "cancelled":
        void cancelRun(run, admitted.envelope, this.#parts).then((ending) => this.#finish(run, ending));
    }
  }

  #run(run: Run, job: AdmittedJob): void {
    const turn = this.#parts.turnstile.enter(run);
    if (turn === "now") new JobRun(run, job, this.#parts, this.#onFinish).start();
    else if (turn === "paused") {
      const delayMs = Math.min(PAUSED_MS, this.#parts.maxRetryDelayMs);
      this.#finish(run, { status: "snoozed", delayMs, reason: "the task is paused" });
    }
  }

  #leaveStuck(run: Run, ending: Ending | undefined, stuck: Promise<unknown>): void {
    const { slots, tally, runtime, turnstile } = this.#parts;
    slots.markStuck();
    tally.stuck++;
    this.#publish("job.stuck", run);
    const fields = { job: run.ref.id, task: run.ref.task };
    runtime.logger.error(fields, "a handler does not return; its slot is lost until it does");
    void stuck.then(() => {
      slots.unmarkStuck();
      slots.vacate();
      turnstile.leave(run);
      this.#parts.onChange();
    });
    this.#settle(run, ending);
    this.#parts.onStuck();
  }

  #finish(run: Run, ending: Ending | undefined): void {
    this.#parts.slots.vacate();
    this.#parts.turnstile.leave(run);
    this.#settle(run, ending);
  }

  #settle(run: Run, ending: Ending | undefined): void {
    if (ending === undefined) this.#drop(run);
    else run.source.settle(run, ending);
  }

  #confirmed(run: Run, ending: Ending): void {
    const { tally, lifecycle, runtime } = this.#parts;
    if (ending.status === "succeeded" && (run.hasLostLease || run.leaseUntil <= runtime.clock.monotonic()))
      this.#remember(run, ending, true);
    tally[COUNTED_AS[ending.status]]++;
    const at = runtime.clock.now();
    if (ending.status === "dead") {
      this.#parts.keepDeath?.({ job: run.ref, envelope: run.envelope, death: ending, at });
    }
    if (lifecycle.isObserved) lifecycle.publish(endingEvent(ending, run.ref, at));
    // The ack held although the lease had seemed lost: only now may the steps be taken.
    if (run.hasLostLease && ending.status === "succeeded" && ending.success !== undefined) {
      void this.#completeLate(run, ending.success);
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
    const { tally, runtime } = this.#parts;
    tally.acksLost++;
    if (run.ending?.status === "succeeded") this.#remember(run, run.ending, false);
    this.#publish("job.ack_lost", run);
    const fields = { job: run.ref.id, task: run.ref.task };
    runtime.limited.error(fields, "the ack of a finished job was lost; it may run once more");
  }

  #remember(run: Run, ending: FinishedJob["ending"], isCounted: boolean): void {
    this.#finished.add({ delivery: run.delivery, job: run.ref, ending, isCounted });
  }

  #drop(run: Run): void {
    run.source.forget(run);
    this.#inHand--;
    this.#lane.left(run);
    this.#parts.onChange();
  }

  #publish(type: "job.stuck" | "job.lease_lost" | "job.ack_lost", run: Run): void {
    const { lifecycle, runtime } = this.#parts;
    if (lifecycle.isObserved) lifecycle.publish({ type, at: runtime.clock.now(), job: run.ref });
  }
}
