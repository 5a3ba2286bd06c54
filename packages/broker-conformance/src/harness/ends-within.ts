import { AssertionError } from "node:assert/strict";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { startStopwatch } from "@jobs/core/testing";

/**
 * The value of `promise`, which must settle within `ms` of real time. Time in which programs had to wait for a processor
 * does not count. @throws AssertionError when it does not.
 */
export async function endsWithin<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const elapsedMs = startStopwatch();
  const settled = new AbortController();
  const value = promise.finally(() => settled.abort());
  value.catch(() => {});
  for (let leftMs = ms; leftMs > 0; leftMs = ms - elapsedMs()) {
    await sleep(keepAliveClock, Math.max(1, leftMs), settled.signal);
    if (settled.signal.aborted) return value;
  }
  throw new AssertionError({ message: `${what} did not end in ${ms} ms` });
}
