import type { Delivery } from "../broker/delivery.ts";
import type { DeadReason, Settlement } from "../broker/settlement.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import type { Success } from "../job/completion.ts";
import type { LifecycleEvent, RunRef } from "../job/lifecycle.ts";
import type { TallyKey } from "./tally.ts";

/** How a delivery ends: what the broker is told, and what is counted and published once the broker has confirmed it. */
export interface Ending {
  readonly settlement: Settlement;
  readonly counts: TallyKey;
  /** The event to publish; built only for an audience. */
  event(at: number): LifecycleEvent;
  /** What the completion steps need, where the handler succeeded and there are steps. */
  readonly success?: Success | undefined;
}

/** What every ending speaks of. */
interface EndedRun {
  readonly delivery: Delivery;
  readonly ref: RunRef;
}

/** The handler has done its work. */
export function acknowledge({ delivery, ref }: EndedRun, durationMs: number, success?: Success): Ending {
  return {
    settlement: { delivery, action: "ack" },
    counts: "succeeded",
    event: (at) => ({ type: "job.succeeded", at, job: ref, durationMs }),
    success,
  };
}

/** A failure was counted; the job runs again. */
export function retry({ delivery, ref }: EndedRun, delayMs: number, reason: string): Ending {
  return {
    settlement: { delivery, action: "retry", delayMs, failed: true, reason },
    counts: "retried",
    event: (at) => ({ type: "job.retried", at, job: ref, delayMs }),
  };
}

/** The handler asked for another time; no failure. */
export function snooze({ delivery, ref }: EndedRun, delayMs: number, reason: string): Ending {
  return {
    settlement: { delivery, action: "retry", delayMs, failed: false, reason },
    counts: "postponed",
    event: (at) => ({ type: "job.snoozed", at, job: ref, delayMs }),
  };
}

/** This worker cannot run the job; one of another release may. No run, no failure. */
export function hold({ delivery, ref }: EndedRun, delayMs: number, reason: DeadReason): Ending {
  return {
    settlement: { delivery, action: "retry", delayMs, failed: false, reason },
    counts: "postponed",
    event: (at) => ({ type: "job.held", at, job: ref, delayMs, reason }),
  };
}

/** Nobody wants it any more: done without having been done. */
export function cancel({ delivery, ref }: EndedRun): Ending {
  return {
    settlement: { delivery, action: "ack" },
    counts: "cancelled",
    event: (at) => ({ type: "job.cancelled", at, job: ref }),
  };
}

/** Not the job's fault: next in line at once. */
export function release({ delivery, ref }: EndedRun): Ending {
  return {
    settlement: { delivery, action: "release" },
    counts: "released",
    event: (at) => ({ type: "job.released", at, job: ref }),
  };
}

/** Set aside for people. */
export function bury({ delivery, ref }: EndedRun, reason: DeadReason, error?: SerializedError): Ending {
  const kept = error === undefined ? {} : { error };
  return {
    settlement: { delivery, action: "dead", reason, ...kept },
    counts: "dead",
    event: (at) => ({ type: "job.dead", at, job: ref, reason, ...kept }),
  };
}
