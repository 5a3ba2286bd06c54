import type { BackoffPlan } from "../envelope/envelope.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { type Backoff, checkBackoff } from "../retry/backoff.ts";
import { parseDuration } from "./duration.ts";
import type { ValueReader } from "./value-reader.ts";

/**
 * The delay before a retry. Text is one duration (`5s`, always the same), a list (`1s,10s,1m`, the last repeats) or a
 * range. A range (`1s..10m`) is exponential with full jitter. Code may also pass what `defineTask` accepts.
 */
export const backoffReader: ValueReader<Backoff> = {
  expected: "a duration (5s), a list of them (1s,10s,1m) or a range (1s..10m)",
  read(raw) {
    const backoff = typeof raw === "string" ? readText(raw) : readNative(raw);
    return isUsable(backoff) ? backoff : undefined;
  },
};

function readText(text: string): BackoffPlan | undefined {
  const [base, max, ...rest] = text.split("..");
  if (max !== undefined) return rest.length === 0 ? exponential(base, max, true) : undefined;
  return text.includes(",") ? listOf(text.split(",")) : parseDuration(text);
}

function readNative(raw: unknown): Backoff | undefined {
  if (typeof raw === "number" || typeof raw === "function") return raw as Backoff;
  if (Array.isArray(raw)) return listOf(raw);
  if (typeof raw !== "object" || raw === null) return undefined;
  const {
    type,
    baseMs,
    base = baseMs,
    maxMs,
    max = maxMs,
    jitter,
  } = raw as Readonly<Record<string, unknown>>;
  if (type !== "exponential" || (jitter !== undefined && typeof jitter !== "boolean")) return undefined;
  return exponential(base, max, jitter ?? true);
}

function listOf(items: readonly unknown[]): readonly number[] | undefined {
  const delays = items.map((item) => parseDuration(item)).filter((delay) => delay !== undefined);
  return delays.length === items.length ? delays : undefined;
}

function exponential(base: unknown, max: unknown, jitter: boolean): BackoffPlan | undefined {
  const baseMs = parseDuration(base);
  const maxMs = parseDuration(max);
  if (baseMs === undefined || maxMs === undefined || baseMs > maxMs) return undefined;
  return { type: "exponential", baseMs, maxMs, ...(jitter ? {} : { jitter }) };
}

function isUsable(backoff: unknown): backoff is Backoff {
  try {
    checkBackoff(backoff, "backoff");
    return true;
  } catch (error) {
    if (isJobsError(error, "invalid_config")) return false;
    throw error;
  }
}
