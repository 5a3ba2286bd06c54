import type { Backoff } from "@jobs/core";
import type { TaskSettings } from "@jobs/core/config";

/**
 * The longest time from a job's due time to the end of its last run, in ms. No timeout, and a backoff that code
 * decides, count as 0.
 */
export function longestLifeMs({ maxAttempts, timeoutMs, backoff }: TaskSettings): number {
  const runs = Number.isFinite(timeoutMs) ? maxAttempts * timeoutMs : 0;
  return runs + (maxAttempts - 1) * longestDelayMs(backoff);
}

/** The longest pause before a retry, in ms. 0 if code decides it. */
export function longestDelayMs(backoff: Backoff): number {
  if (typeof backoff === "function") return 0;
  if (typeof backoff === "number") return backoff;
  return "type" in backoff ? backoff.maxMs : Math.max(0, ...backoff);
}
