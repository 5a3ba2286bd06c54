import type { Delivery } from "../../broker/delivery.ts";
import type { DeadReason, Settlement } from "../../broker/settlement.ts";
import { type SerializedError, serializeError } from "../../errors/serialized-error.ts";
import type { Success } from "../../job/completion.ts";
import type { LifecycleEvent, RunRef } from "../../job/lifecycle.ts";
import type { CounterName } from "../worker-report.ts";

/** How a delivery ends. What the broker is told, what is counted and what is published all follow from it. */
export type RunOutcome =
  /** The handler has done its work. `success`: for the completion steps, where there are any. */
  | { readonly status: "succeeded"; readonly durationMs: number; readonly success: Success | undefined }
  /** A failure was counted; the job runs again. */
  | { readonly status: "retried"; readonly delayMs: number; readonly reason: string }
  /** The handler asked for another time; no failure. */
  | { readonly status: "snoozed"; readonly delayMs: number; readonly reason: string }
  /** This worker cannot run the job; one of another release may. No run, no failure. */
  | { readonly status: "held"; readonly delayMs: number; readonly reason: DeadReason }
  /** Nobody wants it any more: done without having been done. */
  | { readonly status: "cancelled" }
  /** Not the job's fault: next in line at once. */
  | { readonly status: "released" }
  | DeadOutcome;

/** Set aside for people. */
export interface DeadOutcome {
  readonly status: "dead";
  readonly reason: DeadReason;
  readonly error?: SerializedError | undefined;
  /** Where a queue has no dead letters, a worker starts only because dropping was written down; this is the drop. */
  readonly isDropped?: boolean;
}

/** Gives a job back. */
export const RELEASED: RunOutcome = { status: "released" };

/** How a job ends whose handler has done its work and whose completion step cannot succeed: its work is not lost silently. */
export function completionFailed(step: string, error: unknown, attempt: number): DeadOutcome {
  const serialized = serializeError(error, attempt);
  const message = `completion step "${step}": ${serialized.message}`;
  return { status: "dead", reason: "completion_failed", error: { ...serialized, message } };
}

/** The counter that an ending raises once the broker has confirmed it. */
export const COUNTER_OF: Readonly<Record<RunOutcome["status"], CounterName>> = {
  succeeded: "succeeded",
  retried: "retried",
  snoozed: "postponed",
  held: "postponed",
  cancelled: "cancelled",
  released: "released",
  dead: "dead",
};

/** What the broker is told. */
export function settlementOf(outcome: RunOutcome, delivery: Delivery): Settlement {
  switch (outcome.status) {
    case "succeeded":
    case "cancelled":
      return { delivery, action: "ack" };
    case "released":
      return { delivery, action: "release" };
    case "dead": {
      const { reason, error, isDropped } = outcome;
      if (isDropped) return { delivery, action: "ack" };
      return { delivery, action: "dead", reason, ...(error && { error }) };
    }
    default: {
      const { status, delayMs, reason } = outcome;
      return { delivery, action: "retry", delayMs, failed: status === "retried", reason };
    }
  }
}

/** What observers are told once the broker has confirmed it; built only for an audience. */
export function outcomeEvent(outcome: RunOutcome, job: RunRef, at: number): LifecycleEvent {
  switch (outcome.status) {
    case "succeeded":
      return { type: "job.succeeded", at, job, durationMs: outcome.durationMs };
    case "retried":
      return { type: "job.retried", at, job, delayMs: outcome.delayMs };
    case "snoozed":
      return { type: "job.snoozed", at, job, delayMs: outcome.delayMs };
    case "held":
      return { type: "job.held", at, job, delayMs: outcome.delayMs, reason: outcome.reason };
    case "cancelled":
      return { type: "job.cancelled", at, job };
    case "released":
      return { type: "job.released", at, job };
    case "dead": {
      const { reason, error } = outcome;
      return { type: "job.dead", at, job, reason, ...(error && { error }) };
    }
  }
}
