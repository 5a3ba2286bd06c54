import type { Delivery } from "../../broker/delivery.ts";
import type { DeadReason, Settlement } from "../../broker/settlement.ts";
import { type SerializedError, serializeError } from "../../errors/serialized-error.ts";
import type { Success } from "../../job/completion.ts";
import type { LifecycleEvent, RunRef } from "../../job/lifecycle.ts";
import type { CounterName } from "../worker-report.ts";

/** The outcome of a delivery. It decides the settlement, the counter and the event. */
export type RunOutcome =
  /** The handler has succeeded. `success`: for the completion steps, if any. `value`: for a broker that keeps it. */
  | {
      readonly status: "succeeded";
      readonly durationMs: number;
      readonly success: Success | undefined;
      readonly value: string | undefined;
    }
  /** A failure was counted; the job runs again. */
  | { readonly status: "retried"; readonly delayMs: number; readonly reason: string }
  /** The handler asked for another time, which is not a failure. */
  | { readonly status: "snoozed"; readonly delayMs: number; readonly reason: string }
  /** This worker cannot run the job, but one of another release may. Neither a run nor a failure. */
  | { readonly status: "held"; readonly delayMs: number; readonly reason: DeadReason }
  /** Cancelled: it leaves its queue without success. */
  | { readonly status: "cancelled" }
  /** Released without fault of the job: ready at once. */
  | { readonly status: "released" }
  | DeadOutcome;

/** A dead letter. */
export interface DeadOutcome {
  readonly status: "dead";
  readonly reason: DeadReason;
  readonly error?: SerializedError | undefined;
  /** Whether the job is dropped: on a queue without dead letters, the setting `onExhausted: drop` allows it. */
  readonly isDropped?: boolean;
}

/** Gives a job back. */
export const RELEASED: RunOutcome = { status: "released" };

/**
 * The outcome of a succeeded job whose completion step cannot succeed: a dead letter, so that it is not lost silently.
 */
export function completionFailed(step: string, error: unknown, attempt: number): DeadOutcome {
  const serialized = serializeError(error, attempt);
  const message = `completion step "${step}": ${serialized.message}`;
  return { status: "dead", reason: "completion_failed", error: { ...serialized, message } };
}

/** The counter of each outcome, raised when the broker has confirmed it. */
export const COUNTER_OF: Readonly<Record<RunOutcome["status"], CounterName>> = {
  succeeded: "succeeded",
  retried: "retried",
  snoozed: "postponed",
  held: "postponed",
  cancelled: "cancelled",
  released: "released",
  dead: "dead",
};

/** The settlement of an outcome. */
export function settlementOf(outcome: RunOutcome, delivery: Delivery): Settlement {
  switch (outcome.status) {
    case "succeeded":
      return outcome.value === undefined
        ? { delivery, action: "ack" }
        : { delivery, action: "ack", value: outcome.value };
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

/** The event of an outcome that the broker has confirmed; built only with observers. */
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
