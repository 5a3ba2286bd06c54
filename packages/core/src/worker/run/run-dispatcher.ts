import type { Delivery } from "../../broker/delivery.ts";
import type { SettleOutcome } from "../lease/ack-batcher.ts";
import type { InFlightRuns, LeaseOwner } from "../lease/in-flight.ts";
import type { RunParts } from "../worker-parts.ts";
import { cancelRun, completeSteps, outcomeAfterSteps } from "./completion-steps.ts";
import { CrashIsolation } from "./crash-isolation.ts";
import { type BoundJob, type Decoded, JobDecoder } from "./decode-and-bind.ts";
import { FinishedJobs, isRedelivery } from "./finished-jobs.ts";
import { JobRun, type RunSettler } from "./job-run.ts";
import { Run } from "./run.ts";
import { RELEASED, type RunOutcome, settlementOf } from "./run-outcome.ts";

/** Delay of a job whose task is paused while other tasks of its queue run, in ms. */
const PAUSED_MS = 60_000;

/** The engine of a {@link RunDispatcher}. */
export interface DispatcherOwner {
  /** Called when a run has ended or a settlement waits. */
  wake(): void;
  /** Stops receiving while a suspect runs alone. */
  pauseFetching(): void;
  resumeFetching(): void;
  /** A handler does not return; its slot is already marked. */
  handlerStuck(): void;
}

/** Takes each delivery of a worker through decoding, run and settlement. */
export class RunDispatcher implements LeaseOwner, RunSettler {
  readonly #parts: RunParts;
  readonly #owner: DispatcherOwner;
  readonly #decoder: JobDecoder;
  readonly #isolation = new CrashIsolation();
  readonly #finished: FinishedJobs;
  #inFlight = 0;
  #isRefusing = false;

  constructor(parts: RunParts, owner: DispatcherOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.#decoder = new JobDecoder(parts);
    this.#finished = new FinishedJobs(parts);
  }

  /** Takes over a delivery. */
  accept(inFlight: InFlightRuns, delivery: Delivery): void {
    if (this.#isKnown(inFlight, delivery)) return;
    this.#reserve();
    this.#start(inFlight, delivery);
  }

  /** Called at the end of each turn in which something changed: a whole batch has arrived by then. */
  advance(): void {
    const suspect = this.#isolation.startable(this.#inFlight);
    if (suspect !== undefined) this.#begin(suspect);
    // These runs were accepted before, but may have expired while they waited.
    for (const run of this.#parts.taskLimiter.startable()) this.#begin(run);
  }

  /** Releases all new and waiting deliveries from now on. */
  refuse(): void {
    this.#isRefusing = true;
    const suspect = this.#isolation.startAnyway();
    if (suspect !== undefined) this.#begin(suspect);
    for (const run of this.#parts.taskLimiter.removeWaiting()) this.finish(run, RELEASED);
  }

  wake(): void {
    this.#owner.wake();
  }

  /** The broker's answer for a run that is settling. */
  ended(inFlight: InFlightRuns, run: Run, as: SettleOutcome, endedAt: number): void {
    const { outcome = RELEASED, successor } = run;
    if (as === "settled") run.confirm();
    if (run.isRepeat) {
      if (as !== "settled" && outcome.status === "succeeded") this.#finished.remember(run, outcome, true);
      return this.#drop(run);
    }
    if (as !== "settled" && successor !== undefined && isRedelivery(run.delivery, successor)) {
      return this.#settleUnder(run, successor);
    }
    if (as === "settled") this.#finished.confirmed(run, outcome, endedAt);
    else if (settlementOf(outcome, run.delivery).action === "ack") this.#finished.ackLost(run);
    else if (!run.hasLostLease) {
      this.#parts.counters.leasesLost++;
      this.#publish("job.lease_lost", run);
    }
    this.#drop(run);
    if (successor === undefined) return;
    this.#inFlight--;
    this.#parts.slots.vacate();
    this.accept(inFlight, successor);
  }

  /** The broker has given the job to another worker, or does not extend the lease. */
  leaseLost(run: Run): void {
    const { counters, runtime, taskLimiter } = this.#parts;
    counters.leasesLost++;
    this.#publish("job.lease_lost", run);
    const fields = { job: run.ref.id, task: run.ref.task };
    runtime.limited.warn(fields, "a lease was lost while the job was running");
    if (taskLimiter.stopWaiting(run)) this.finish(run, undefined);
  }

  /** Ends a run: frees its slot and its start within the limit of its task, and settles it. */
  finish(run: Run, outcome: RunOutcome | undefined, stuck?: Promise<unknown>): void {
    if (stuck === undefined) {
      this.#parts.slots.vacate();
      this.#parts.taskLimiter.ended(run);
      return this.#settle(run, outcome);
    }
    this.#leaveStuck(run, stuck);
    this.#settle(run, outcome);
    this.#owner.handlerStuck();
  }

  /** Whether the job is already in flight or was done here, so that it does not run again. */
  #isKnown(inFlight: InFlightRuns, delivery: Delivery): boolean {
    const run = inFlight.find(delivery.messageId);
    if (run === undefined) return this.#isDone(inFlight, delivery);
    if (run.isEnding) {
      // The answer to its settlement shows whether it is the same job.
      if (run.successor === undefined) this.#reserve();
      run.setSuccessor(delivery);
      return true;
    }
    if (isRedelivery(run.delivery, delivery)) {
      run.continueUnder(delivery);
      return true;
    }
    // Its job was done elsewhere, and another one has its id now.
    inFlight.lose(run);
    inFlight.remove(run);
    return false;
  }

  #isDone(inFlight: InFlightRuns, delivery: Delivery): boolean {
    const done = this.#finished.take(delivery);
    if (done === undefined) return false;
    const { job, outcome, isCounted } = done;
    const { success } = outcome;
    const run = new Run(delivery, inFlight);
    run.identify(job.id, job.task, success?.envelope);
    if (isCounted) run.markRepeat();
    inFlight.add(run);
    this.#inFlight++;
    this.#parts.runtime.logger.info(
      { job: job.id },
      "a job that was done here came back; it is not run again",
    );
    if (success === undefined || isCounted) this.#settle(run, outcome);
    else {
      void completeSteps(run, success, this.#parts.steps, this.#parts).then((as) =>
        this.#settle(run, outcomeAfterSteps(as, outcome, run)),
      );
    }
    return true;
  }

  #reserve(): void {
    this.#inFlight++;
    this.#parts.slots.occupy();
  }

  #start(inFlight: InFlightRuns, delivery: Delivery): void {
    const run = new Run(delivery, inFlight);
    inFlight.add(run);
    const isolation = this.#isRefusing ? "release" : this.#isolation.decide(run);
    if (isolation === "now") return this.#beginHeld(run);
    if (isolation === "release") return this.finish(run, RELEASED);
    this.#owner.pauseFetching();
    this.#owner.wake();
  }

  /** A worker that was frozen finds messages whose leases have ended on the way. Another worker may have run them. */
  #beginHeld(run: Run): void {
    if (run.leaseUntil > this.#parts.runtime.clock.monotonic()) this.#begin(run);
    else void run.source.confirmLease(run).then(() => this.#begin(run));
  }

  #begin(run: Run): void {
    if (this.#isRefusing || run.interruption !== undefined) {
      return this.finish(run, run.hasLostLease ? undefined : RELEASED);
    }
    const decoded = this.#decoder.decode(run);
    if (decoded instanceof Promise) void decoded.then((late) => this.#proceed(run, late));
    else this.#proceed(run, decoded);
  }

  #proceed(run: Run, decoded: Decoded): void {
    switch (decoded.status) {
      case "bound":
        return this.#run(run, decoded);
      case "refused":
        return this.finish(run, decoded.outcome);
      case "cancelled":
        void cancelRun(run, decoded.envelope, this.#parts).then((outcome) => this.finish(run, outcome));
    }
  }

  #run(run: Run, job: BoundJob): void {
    const entry = this.#parts.taskLimiter.tryStart(run);
    if (entry === "now") new JobRun(run, job, this.#parts, this).start();
    else if (entry === "paused") {
      const delayMs = Math.min(PAUSED_MS, this.#parts.maxRetryDelayMs);
      this.finish(run, { status: "snoozed", delayMs, reason: "the task is paused" });
    }
  }

  #leaveStuck(run: Run, stuck: Promise<unknown>): void {
    const { slots, counters, runtime, taskLimiter } = this.#parts;
    slots.markStuck();
    counters.stuck++;
    this.#publish("job.stuck", run);
    const fields = { job: run.ref.id, task: run.ref.task };
    runtime.logger.error(fields, "a handler does not return; its slot is lost until it does");
    void stuck.then(() => {
      slots.unmarkStuck();
      slots.vacate();
      taskLimiter.ended(run);
      this.#owner.wake();
    });
  }

  #settle(run: Run, outcome: RunOutcome | undefined): void {
    if (outcome === undefined) this.#drop(run);
    else run.source.settle(run, outcome);
  }

  /** The job returned to this worker before its settlement was refused, so it is settled under the new lease. */
  #settleUnder(run: Run, delivery: Delivery): void {
    run.continueUnder(delivery);
    this.#inFlight--;
    this.#parts.slots.vacate();
    this.#settle(run, run.outcome);
  }

  #drop(run: Run): void {
    run.drop();
    run.source.remove(run);
    this.#inFlight--;
    if (this.#isolation.ended(run)) this.#owner.resumeFetching();
    this.#owner.wake();
  }

  #publish(type: "job.stuck" | "job.lease_lost", run: Run): void {
    const { lifecycle, runtime } = this.#parts;
    if (lifecycle.isObserved) lifecycle.publish({ type, at: runtime.clock.now(), job: run.ref });
  }
}
