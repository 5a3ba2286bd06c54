import type { BackoffPlan } from "../envelope/envelope.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { optionsCheck, required } from "../options/check-options.ts";
import { isObject } from "../options/is-object.ts";
import { boolean, ms, oneOf } from "../options/option-rules.ts";
import { onRejection } from "../runtime/call-listener.ts";
import { delayForm, isDelay, shownDelay } from "../runtime/delay.ts";
import type { Random } from "../runtime/random.ts";

/** Input of a backoff function. */
export interface BackoffInput {
  /** Number of failures so far: 1 after the first failed run. */
  readonly failures: number;
  /** The thrown value. */
  readonly error: unknown;
}

/**
 * The delay before a retry, in ms. A number is always the same. A list has one for each failure, and the last repeats.
 * Or an exponential with full jitter, or a function.
 */
export type Backoff = BackoffPlan | BackoffFunction;

/** A backoff as code. */
export type BackoffFunction = (input: BackoffInput) => number;

/** An exponential from 1 s to 10 min with full jitter, so that clients do not retry at the same time. */
export const DEFAULT_BACKOFF: BackoffPlan = { type: "exponential", baseMs: 1_000, maxMs: 600_000 };

/** Limits the exponent, since `0 * Infinity` is not a number. */
const MAX_DOUBLINGS = 60;

/** The shortest delay, in ms, so that a failing job is not a busy loop. */
const FLOOR_MS = 100;

/**
 * The delay before the next run in whole ms, at least 100. A function that throws or returns no delay must not lose the
 * retry, nor run it at once. Then the default backoff is used, and `onFault` gets the reason.
 */
export function backoffDelay(
  backoff: Backoff,
  input: BackoffInput,
  random: Random,
  onFault: (fault: unknown) => void = () => {},
): number {
  const delay =
    typeof backoff === "function"
      ? (callBackoff(backoff, input, onFault) ?? planned(DEFAULT_BACKOFF, input, random))
      : planned(backoff, input, random);
  return Math.max(FLOOR_MS, Math.round(delay));
}

function callBackoff(
  backoff: BackoffFunction,
  input: BackoffInput,
  onFault: (fault: unknown) => void,
): number | undefined {
  try {
    const delay: unknown = backoff(input);
    if (isDelay(delay)) return delay;
    onRejection(delay);
    onFault(new ConfigError(`a backoff must return ${delayForm()}; it returned ${shownDelay(delay)}.`));
  } catch (error) {
    onFault(error);
  }
  return undefined;
}

function planned(backoff: BackoffPlan, input: BackoffInput, random: Random): number {
  if (typeof backoff === "number") return backoff;
  if (!("type" in backoff)) return backoff[Math.min(input.failures, backoff.length) - 1] ?? FLOOR_MS;
  const ceiling = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(input.failures - 1, MAX_DOUBLINGS));
  return backoff.jitter === false ? ceiling : random() * ceiling;
}

/** Checks a backoff in options or settings. @throws ConfigError naming `where`. */
export function checkBackoff(backoff: unknown, where: string): asserts backoff is Backoff {
  if (typeof backoff === "function") return;
  if (isObject(backoff)) {
    checkExponential(backoff, where);
    return;
  }
  const numbers: readonly unknown[] = Array.isArray(backoff) ? backoff : [backoff];
  if (numbers.length > 0 && Array.from(numbers).every((delay) => isDelay(delay))) return;
  throw new ConfigError(`${where} must be a number of ms, a list of them, an exponential or a function.`, {
    hint: 'In code write 5_000, [1_000, 60_000] or { type: "exponential", baseMs: 1_000, maxMs: 600_000 }; texts such as 1s..10m are for files and variables.',
  });
}

const checkExponential = optionsCheck<Extract<BackoffPlan, { type: string }>>({
  type: required(oneOf("exponential")),
  baseMs: required(ms()),
  maxMs: required(ms()),
  jitter: boolean,
});

/** The first pause before a call to a broker is repeated, and the longest of a settlement and of a receive, in ms. */
const FIRST_PAUSE_MS = 100;
const LONGEST_SETTLE_MS = 5_000;
const LONGEST_POLL_MS = 5_000;

/**
 * The pause before a settlement or completion step is retried: a random part of 100 ms · 2ⁿ, at most 5 s, never zero.
 */
export function retryBackoff(failures: number, random: Random): number {
  return jittered(failures, LONGEST_SETTLE_MS, random);
}

/**
 * The pause before a failing receive is retried: the same, at most 5 s. So work goes on within 5 s of the broker's return.
 */
export function pollBackoff(failures: number, random: Random): number {
  return jittered(failures, LONGEST_POLL_MS, random);
}

function jittered(failures: number, longestMs: number, random: Random): number {
  const ceiling = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** (failures - 1));
  // Never zero, which would be a busy loop.
  return ceiling / 10 + random() * ceiling * 0.9;
}
