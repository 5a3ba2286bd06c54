import type { Delivery } from "../broker/delivery.ts";
import type { DeadReason } from "../broker/settlement.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { HandlerThrewError, type RetryLater } from "../errors/run-errors.ts";
import { type SerializedError, serializeError } from "../errors/serialized-error.ts";
import { describeThrown } from "../errors/to-error.ts";
import { isDelay } from "../runtime/delay.ts";
import type { Random } from "../runtime/random.ts";
import type { ErrorMatcher } from "../task/task.ts";
import { type Backoff, backoffDelay } from "./backoff.ts";

/** What becomes of a run that did not succeed. */
export type RetryDecision =
  | { readonly status: "retry"; readonly delayMs: number; readonly error: SerializedError }
  | { readonly status: "snooze"; readonly delayMs: number; readonly error: SerializedError }
  | { readonly status: "dead"; readonly reason: DeadReason; readonly error: SerializedError };

/** What the decision depends on. */
export interface RunFailure {
  readonly thrown: unknown;
  /** How the failure came about; decides the reason when it is the last one. */
  readonly kind: "exhausted" | "timeout" | "uncaught";
  /** This run, counted from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly nonRetryable: readonly ErrorMatcher[];
  /** How often the job was postponed already. */
  readonly postponements: number;
  /** The longest delay of a retry this broker can hold, in ms. */
  readonly maxRetryDelayMs: number;
  /** Is told what is wrong with a backoff function that gave no delay. */
  readonly onBackoffFault?: ((fault: unknown) => void) | undefined;
}

/** Decides between another run, another time and the dead letters. Whatever was thrown, there is a decision. */
export function decideRetry(run: RunFailure, random: Random): RetryDecision {
  const { thrown, attempt } = run;
  const error = serializeError(asError(thrown), attempt);
  if (run.kind === "exhausted") {
    // What another copy of this package made, or changed later, may hold anything: then it is an error like others.
    if (isJobsError(thrown, "retry_later") && isDelay((thrown as RetryLater).delayMs))
      return snoozed(run, thrown as RetryLater, error);
    if (isJobsError(thrown, "fatal") || matches(run.nonRetryable, thrown))
      return { status: "dead", reason: "fatal", error };
  }
  if (attempt >= run.maxAttempts) return { status: "dead", reason: run.kind, error };
  const failure = { failures: attempt, error: thrown };
  const delayMs = backoffDelay(run.backoff, failure, random, run.onBackoffFault);
  return { status: "retry", delayMs: Math.min(delayMs, run.maxRetryDelayMs), error };
}

function snoozed(run: RunFailure, later: RetryLater, error: SerializedError): RetryDecision {
  if (run.postponements >= MAX_SNOOZES) {
    const message = `snoozed ${run.postponements} times, which is the limit: ${error.message}`;
    return { status: "dead", reason: "exhausted", error: { ...error, message } };
  }
  return { status: "snooze", delayMs: Math.min(Math.round(later.delayMs), run.maxRetryDelayMs), error };
}

/** An Error for anything that can be thrown, `undefined` and `null` included. */
function asError(thrown: unknown): unknown {
  if (typeof thrown === "object" && thrown !== null) return thrown;
  return new HandlerThrewError(describeThrown(thrown), thrown);
}

function matches(matchers: readonly ErrorMatcher[], thrown: unknown): boolean {
  return matchers.some((matcher) => {
    try {
      return isErrorClass(matcher) ? thrown instanceof matcher : matcher(thrown);
    } catch {
      return false;
    }
  });
}

function isErrorClass(matcher: ErrorMatcher): matcher is abstract new (...args: never[]) => Error {
  return matcher === Error || matcher.prototype instanceof Error;
}

/** The pauses of a hold, in ms: long enough together for a rolling deploy of a quarter of an hour. */
const HOLD_DELAYS_MS = [30_000, 60_000, 120_000, 240_000, 480_000] as const;

/** A job that keeps asking to be run later is not going to happen by itself. */
const MAX_SNOOZES = 100;

/** How often a job was delivered before without failing or crashing: held, snoozed or released. */
export function postponements(delivery: Delivery): number {
  return Math.max(0, delivery.deliveryCount - 1 - (delivery.failureCount ?? 0) - (delivery.crashCount ?? 0));
}

/**
 * The next pause of a job that this worker cannot run yet, or `undefined` when it has been held long enough.
 * Brokers count deliveries, not holds; a release looks the same. So the job's age decides as well: nothing is given
 * up before all pauses could have passed since it was due.
 */
export function holdDelay(delivery: Delivery, ageMs: number): number | undefined {
  const delay = HOLD_DELAYS_MS[postponements(delivery)];
  if (delay !== undefined) return delay;
  const allMs = HOLD_DELAYS_MS.reduce((sum, ms) => sum + ms, 0);
  return ageMs < allMs ? HOLD_DELAYS_MS[0] : undefined;
}
