import type { DeadReason, SettlementAction } from "../broker/settlement.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import type { Success } from "../job/completion.ts";
import type { LifecycleEvent, RunRef } from "../job/lifecycle.ts";
import type { TallyKey } from "./tally.ts";

/** An event without its stamp. */
export type UnstampedEvent = LifecycleEvent extends infer E
  ? E extends { at: number }
    ? Omit<E, "at">
    : never
  : never;

/** How a delivery ends: what the broker is told, and what is counted and published once the broker has confirmed it. */
export interface Ending {
  readonly action: SettlementAction;
  readonly counts: TallyKey;
  readonly event: UnstampedEvent;
  /** What the completion steps need, where the handler succeeded. */
  readonly success?: Success;
}

/** The handler has done its work. */
export function acknowledge(success: Success, durationMs: number): Ending {
  const event = { type: "job.succeeded", job: success.job, durationMs } as const;
  return { action: { action: "ack" }, counts: "succeeded", event, success };
}

/** A failure was counted; the job runs again. */
export function retry(job: RunRef, delayMs: number, reason: string): Ending {
  return {
    action: { action: "retry", delayMs, failed: true, reason },
    counts: "retried",
    event: { type: "job.retried", job, delayMs },
  };
}

/** The handler asked for another time; no failure. */
export function snooze(job: RunRef, delayMs: number, reason: string): Ending {
  return {
    action: { action: "retry", delayMs, failed: false, reason },
    counts: "postponed",
    event: { type: "job.snoozed", job, delayMs },
  };
}

/** This worker cannot run the job; one of another release may. No run, no failure. */
export function hold(job: RunRef, delayMs: number, reason: DeadReason): Ending {
  return {
    action: { action: "retry", delayMs, failed: false, reason },
    counts: "postponed",
    event: { type: "job.held", job, delayMs, reason },
  };
}

/** Not the job's fault: next in line at once. */
export function release(job: RunRef): Ending {
  return { action: { action: "release" }, counts: "released", event: { type: "job.released", job } };
}

/** Set aside for people. */
export function bury(job: RunRef, reason: DeadReason, error?: SerializedError): Ending {
  const kept = error === undefined ? {} : { error };
  return {
    action: { action: "dead", reason, ...kept },
    counts: "dead",
    event: { type: "job.dead", job, reason, ...kept },
  };
}
