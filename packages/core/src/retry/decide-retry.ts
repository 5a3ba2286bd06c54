import type { Delivery } from "../broker/delivery.ts";
import type { DeadReason } from "../broker/settlement.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { HandlerThrewError, type RetryLater } from "../errors/run-errors.ts";
import { type SerializedError, serializeError } from "../errors/serialized-error.ts";
import { describeThrown } from "../errors/to-error.ts";
import { isDelay } from "../runtime/delay.ts";
import type { Random } from "../runtime/random.ts";
import { predicateAnswer } from "../task/predicate-answer.ts";
import type { ErrorMatcher } from "../task/task.ts";
import { type Backoff, backoffDelay } from "./backoff.ts";
import type { OnPolicyFault } from "./policy-faults.ts";

/** What follows a run without success. */
export type RetryDecision =
  | { readonly status: "retry"; readonly delayMs: number; readonly error: SerializedError }
  | { readonly status: "snooze"; readonly delayMs: number; readonly error: SerializedError }
  | { readonly status: "dead"; readonly reason: DeadReason; readonly error: SerializedError };

/** Input of the decision. */
export interface RunFailure {
  readonly thrown: unknown;
  /** The kind of failure; it is the reason of the dead letter after the last one. */
  readonly kind: "exhausted" | "timeout" | "uncaught";
  /** This run, counted from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly nonRetryable: readonly ErrorMatcher[];
  /** How often the job was postponed before. */
  readonly postponements: number;
  /** The longest delay of a retry this broker can hold, in ms. */
  readonly maxRetryDelayMs: number;
  /** Called when a backoff function or a predicate gives no answer. */
  readonly onFault: OnPolicyFault;
}

/** Decides between a retry, a snooze and a dead letter, for any thrown value. */
export function decideRetry(run: RunFailure, random: Random): RetryDecision {
  const { thrown, attempt } = run;
  const error = serializeError(asError(thrown), attempt);
  if (run.kind === "exhausted") {
    // An error of another copy of this package may have invalid fields: then it counts as a normal error.
    if (isJobsError(thrown, "retry_later") && isDelay((thrown as RetryLater).delayMs))
      return snoozed(run, thrown as RetryLater, error);
    if (isJobsError(thrown, "fatal") || matches(run, thrown))
      return { status: "dead", reason: "fatal", error };
  }
  if (attempt >= run.maxAttempts) return { status: "dead", reason: run.kind, error };
  const failure = { failures: attempt, error: thrown };
  const delayMs = backoffDelay(run.backoff, failure, random, (fault) => run.onFault(fault, "backoff"));
  return { status: "retry", delayMs: Math.min(delayMs, run.maxRetryDelayMs), error };
}

function snoozed(run: RunFailure, later: RetryLater, error: SerializedError): RetryDecision {
  if (run.postponements >= MAX_SNOOZES) {
    const message = `snoozed ${run.postponements} times, which is the limit: ${error.message}`;
    return { status: "dead", reason: "exhausted", error: { ...error, message } };
  }
  return { status: "snooze", delayMs: Math.min(Math.round(later.delayMs), run.maxRetryDelayMs), error };
}

/** An `Error` in place of a thrown value that is no object. */
function asError(thrown: unknown): unknown {
  if (typeof thrown === "object" && thrown !== null) return thrown;
  return new HandlerThrewError(describeThrown(thrown), thrown);
}

/** Whether the error must not be retried. A predicate without an answer does not match, since a retry loses nothing. */
function matches({ nonRetryable, onFault }: RunFailure, thrown: unknown): boolean {
  return nonRetryable.some((matcher) => {
    try {
      if (isErrorClass(matcher)) return thrown instanceof matcher;
      return predicateAnswer(matcher(thrown), "a predicate in nonRetryable");
    } catch (fault) {
      onFault(fault, "nonRetryable");
      return false;
    }
  });
}

function isErrorClass(matcher: ErrorMatcher): matcher is abstract new (...args: never[]) => Error {
  return matcher === Error || matcher.prototype instanceof Error;
}

/** The pauses of a hold, in ms: together enough for a rolling deploy of 15 minutes. */
const HOLD_DELAYS_MS = [30_000, 60_000, 120_000, 240_000, 480_000] as const;

/** The first pause of a hold, in ms. */
export const FIRST_HOLD_MS = HOLD_DELAYS_MS[0];

/** All pauses of a hold together, in ms. */
export const ALL_HOLDS_MS = HOLD_DELAYS_MS.reduce((sum, ms) => sum + ms, 0);

/** The most snoozes: a job with more will not succeed without help. */
const MAX_SNOOZES = 100;

/** Earlier deliveries without failure or crash: held, snoozed or released. */
export function postponements(delivery: Delivery): number {
  return Math.max(0, delivery.deliveryCount - 1 - (delivery.failureCount ?? 0) - (delivery.crashCount ?? 0));
}

/**
 * The next pause of a job that this worker cannot run yet; `undefined` when it was held long enough. Brokers count
 * deliveries, not holds, and a release looks the same. So the job's age decides too: it is held until all pauses could
 * have passed since it was due.
 */
export function holdDelay(delivery: Delivery, ageMs: number): number | undefined {
  const delay = HOLD_DELAYS_MS[postponements(delivery)];
  if (delay !== undefined) return delay;
  return ageMs < ALL_HOLDS_MS ? FIRST_HOLD_MS : undefined;
}
