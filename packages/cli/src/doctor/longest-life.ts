import type { Backoff } from "@jobs/core";
import type { TaskSettings } from "@jobs/core/config";

/** How long a job may be under way from when it is due to its last run, in ms. What code decides counts as nothing. */
export function longestLifeMs({ maxAttempts, timeoutMs, backoff }: TaskSettings): number {
  const runs = Number.isFinite(timeoutMs) ? maxAttempts * timeoutMs : 0;
  return runs + (maxAttempts - 1) * longestDelayMs(backoff);
}

/** The longest pause before a retry, in ms; 0 for one that code decides. */
export function longestDelayMs(backoff: Backoff): number {
  if (typeof backoff === "function") return 0;
  if (typeof backoff === "number") return backoff;
  return "type" in backoff ? backoff.maxMs : Math.max(0, ...backoff);
}
