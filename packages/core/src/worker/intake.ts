import type { Delivery } from "../broker/delivery.ts";
import type { JobRef } from "../job/lifecycle.ts";
import { type Admission, type Admitted, admit, failuresBefore } from "./admit.ts";
import { completeSteps } from "./complete-steps.ts";
import { type Ending, release } from "./ending.ts";
import type { Feed } from "./feed.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { Run } from "./run.ts";
import { type FinishedRun, type RunParts, runJob } from "./run-job.ts";
import type { SettledAs } from "./settler.ts";
import type { Slots } from "./slots.ts";
import { createSoloLane, type SoloLane } from "./solo-lane.ts";

/** Everything this worker holds leases on, from delivery to confirmed settlement. */
export interface Intake {
  accept(feed: Feed, delivery: Delivery): void;
  /** The settler's answer for one run. */
  ended(run: Run, ending: Ending, as: SettledAs): void;
  /** The lease keeper's bad news. */
  lost(run: Run): void;
  /** From now on whatever arrives or waits is released unstarted. */
  refuse(): void;
  /** Every run whose settlement is not confirmed. */
  readonly active: ReadonlyMap<Run, Feed>;
}

/** What an {@link Intake} works with. */
export interface IntakeParts extends RunParts {
  readonly admission: Admission;
  readonly slots: Slots;
  keeperOf(feed: Feed): LeaseKeeper;
  /** Receiving must pause, or may go on: a suspect runs alone. */
  onSolo(isAlone: boolean): void;
  /** A handler does not come back. */
  onStuck(): void;
  /** Anything ended. */
  onChange(): void;
}

/** Creates an {@link Intake}. */
export function createIntake(parts: IntakeParts): Intake {
  const { slots, tally, lifecycle } = parts;
  const { clock, logger } = parts.runtime;
  const active = new Map<Run, Feed>();
  let isRefusing = false;
  const lane: SoloLane = createSoloLane({
    occupied: () => slots.occupied,
    begin,
    onClose: () => parts.onSolo(true),
    onOpen: () => parts.onSolo(false),
  });

  function begin(run: Run): void {
    if (isRefusing || run.interruption !== undefined)
      return finish(run, run.hasLostLease ? undefined : release(run.ref));
    const admitted = admit(run, parts.admission);
    if (admitted instanceof Promise) void admitted.then((result) => proceed(run, result));
    else proceed(run, admitted);
  }

  function proceed(run: Run, admitted: Admitted): void {
    if ("ending" in admitted) finish(run, admitted.ending);
    else void runJob(run, admitted.job, parts).then((finished) => leave(run, finished));
  }

  function leave(run: Run, { ending, stuck }: FinishedRun): void {
    if (stuck === undefined) return finish(run, ending);
    slots.markStuck();
    tally.stuck++;
    publish("job.stuck", run);
    logger.error(
      { job: run.ref.id, task: run.ref.task },
      "a handler does not return; its slot is lost until it does",
    );
    void stuck.then(() => {
      slots.unmarkStuck();
      slots.vacate();
      changed();
    });
    settle(run, ending);
    parts.onStuck();
  }

  function finish(run: Run, ending: Ending | undefined): void {
    slots.vacate();
    settle(run, ending);
    if (lane.isClosed) lane.advance();
  }

  function settle(run: Run, ending: Ending | undefined): void {
    const feed = active.get(run);
    if (ending === undefined || feed === undefined) return drop(run, feed);
    feed.settler.add(run, dropDeadWhereToldTo(ending, feed));
  }

  function drop(run: Run, feed: Feed | undefined): void {
    if (feed !== undefined) parts.keeperOf(feed).drop(run);
    active.delete(run);
    changed();
  }

  function changed(): void {
    lane.advance();
    parts.onChange();
  }

  function publish(type: "job.stuck" | "job.lease_lost" | "job.ack_lost", run: Run): void {
    if (lifecycle.isObserved) lifecycle.publish({ type, at: clock.now(), job: run.ref });
  }

  function confirmed(run: Run, ending: Ending): void {
    tally[ending.counts]++;
    if (lifecycle.isObserved) lifecycle.publish({ ...ending.event, at: clock.now() });
    // The ack held although the lease had seemed lost: only now may the result be written.
    if (run.hasLostLease && ending.action.action === "ack" && parts.steps.length > 0) {
      const success = { job: run.ref, value: undefined, finishedAt: clock.now() };
      void completeSteps(run, success, parts);
    }
  }

  return {
    active,
    accept(feed, delivery) {
      const unknown: JobRef = { id: delivery.messageId, task: "?", queue: feed.queue };
      const run = new Run(delivery, { ...unknown, attempt: failuresBefore(delivery) + 1 });
      active.set(run, feed);
      parts.keeperOf(feed).keep(run);
      slots.occupy();
      if (isRefusing || !lane.takes(run)) begin(run);
      else lane.advance();
    },
    ended(run, ending, as) {
      if (as === "settled") confirmed(run, ending);
      else if (ending.action.action === "ack") {
        tally.acksLost++;
        publish("job.ack_lost", run);
        logger.error(
          { job: run.ref.id, task: run.ref.task },
          "the ack of a finished job was lost; it may run once more",
        );
      } else if (!run.hasLostLease) tally.leasesLost++;
      drop(run, active.get(run));
    },
    lost(run) {
      tally.leasesLost++;
      publish("job.lease_lost", run);
      logger.warn({ job: run.ref.id, task: run.ref.task }, "a lease was lost while the job was running");
    },
    refuse() {
      isRefusing = true;
      for (const run of lane.clear()) begin(run);
    },
  };
}

/** Where the queue has no dead letters, the start was refused unless dropping was written down; then this is the drop. */
function dropDeadWhereToldTo(ending: Ending, feed: Feed): Ending {
  if (ending.action.action !== "dead" || feed.consumer.capabilities.deadLetter !== false) return ending;
  return { ...ending, action: { action: "ack" } };
}
