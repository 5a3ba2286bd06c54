import { AssertionError } from "node:assert/strict";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { startStopwatch } from "@jobs/core/testing";

/** So many times longer a call may take on a busy machine. More would hide a call that never ends for minutes. */
const MOST_TIMES = 3;

/**
 * The value of `promise`, which must settle within `ms` of real time. Time in which programs had to wait for a processor
 * does not count, up to {@link MOST_TIMES} the limit. @throws AssertionError when it does not.
 */
export async function endsWithin<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const elapsedMs = startStopwatch();
  const giveUpAt = keepAliveClock.monotonic() + MOST_TIMES * ms;
  const settled = new AbortController();
  const value = promise.finally(() => settled.abort());
  value.catch(() => {});
  for (let leftMs = ms; leftMs > 0; ) {
    await sleep(keepAliveClock, leftMs, settled.signal);
    if (settled.signal.aborted) return value;
    leftMs = Math.min(Math.ceil(ms - elapsedMs()), giveUpAt - keepAliveClock.monotonic());
  }
  throw new AssertionError({ message: `${what} did not end in ${ms} ms` });
}
