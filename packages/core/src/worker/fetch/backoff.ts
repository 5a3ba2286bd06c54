import type { Random } from "../../runtime/random.ts";

const FIRST_MS = 100;
const LONGEST_SETTLE_MS = 5_000;
const LONGEST_POLL_MS = 30_000;

/** The pause before a settlement or completion step is tried again: 100 ms · 2ⁿ with full jitter, at most 5 s. */
export function retryBackoff(failures: number, random: Random): number {
  return jittered(failures, LONGEST_SETTLE_MS, random);
}

/** The pause before a failing receive is tried again: the same, at most 30 s, so that a broker coming back is not overrun. */
export function pollBackoff(failures: number, random: Random): number {
  return jittered(failures, LONGEST_POLL_MS, random);
}

function jittered(failures: number, longestMs: number, random: Random): number {
  const ceiling = Math.min(longestMs, FIRST_MS * 2 ** (failures - 1));
  // Never zero: a pause of nothing is a busy loop.
  return ceiling / 10 + random() * ceiling * 0.9;
}
