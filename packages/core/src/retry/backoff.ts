import { ConfigError } from "../errors/config-errors.ts";
import { optionsCheck, required } from "../options/check-options.ts";
import { boolean, oneOf } from "../options/option-rules.ts";
import type { Random } from "../runtime/random.ts";

/** What a backoff may look at. */
export interface BackoffInput {
  /** Failures so far, the one just recorded included: 1 after the first failed run. */
  readonly failures: number;
  /** What was thrown. */
  readonly error: unknown;
}

/**
 * How long to wait before a retry, in ms:
 * a number (always the same), a list (one per failure, the last repeats), an exponential with full jitter, or a function.
 */
export type Backoff = BackoffPlan | BackoffFunction;

/** A backoff that can be written in a configuration file. */
export type BackoffPlan =
  | number
  | readonly number[]
  | {
      readonly type: "exponential";
      readonly baseMs: number;
      readonly maxMs: number;
      readonly jitter?: boolean;
    };

/** A backoff that is code. */
export type BackoffFunction = (input: BackoffInput) => number;

/** Full jitter over an exponential from 1 s, capped at 10 min: a failing dependency never sees its clients in step. */
export const DEFAULT_BACKOFF: BackoffPlan = { type: "exponential", baseMs: 1_000, maxMs: 600_000 };

/** Never sooner than this, or a failing job would be a busy loop. */
const FLOOR_MS = 100;

/**
 * The delay before the next run in whole ms, at least 100.
 * A function that throws or gives no usable number must not lose the retry: the default backoff is used instead.
 */
export function backoffDelay(backoff: Backoff, input: BackoffInput, random: Random): number {
  const delay =
    typeof backoff === "function" ? callBackoff(backoff, input, random) : planned(backoff, input, random);
  return Math.max(FLOOR_MS, Math.round(delay));
}

function callBackoff(backoff: BackoffFunction, input: BackoffInput, random: Random): number {
  try {
    const delay = backoff(input);
    if (Number.isFinite(delay)) return delay;
  } catch {
    // The retry matters more than its delay.
  }
  return planned(DEFAULT_BACKOFF, input, random);
}

function planned(backoff: BackoffPlan, input: BackoffInput, random: Random): number {
  if (typeof backoff === "number") return backoff;
  if (!("type" in backoff)) return backoff[Math.min(input.failures, backoff.length) - 1] ?? FLOOR_MS;
  const ceiling = Math.min(backoff.maxMs, backoff.baseMs * 2 ** (input.failures - 1));
  return backoff.jitter === false ? ceiling : random() * ceiling;
}

/** Checks a backoff where it is written down. @throws ConfigError naming `where`. */
export function checkBackoff(backoff: Backoff, where: string): void {
  if (typeof backoff === "function") return;
  if (typeof backoff === "object" && backoff !== null && !Array.isArray(backoff)) {
    checkExponential(backoff, where);
    return;
  }
  const numbers: readonly unknown[] = Array.isArray(backoff) ? backoff : [backoff];
  if (numbers.length > 0 && numbers.every(isDelay)) return;
  throw new ConfigError(`${where} must be a number of ms, a list of them, an exponential or a function.`, {
    hint: 'In code write 5_000, [1_000, 60_000] or { type: "exponential", baseMs: 1_000, maxMs: 600_000 }; texts such as 1s..10m are for files and variables.',
  });
}

const DELAY = { expected: "a number of ms from 0 on", accepts: isDelay, isShown: true };

const checkExponential = optionsCheck<Extract<BackoffPlan, { type: string }>>({
  type: required(oneOf("exponential")),
  baseMs: required(DELAY),
  maxMs: required(DELAY),
  jitter: boolean,
});

function isDelay(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
