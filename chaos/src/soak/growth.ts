import type { Weight } from "./weigh.ts";

/** What a process gains while it goes on. */
export interface Growth {
  /** Bytes of heap by round. Below zero when it shrinks. */
  readonly heapBytesInRound: number;
  /** Handles that are there in the last third of the rounds and were not in the second. */
  readonly handles: number;
}

/**
 * The growth over all rounds but the first third, in which code is compiled and caches fill. Medians: one round in which
 * the engine moves things about changes nothing.
 */
export function growthOf(weights: readonly Weight[]): Growth {
  const third = Math.floor(weights.length / 3);
  const steady = weights.slice(third);
  const [middle, last] = [weights.slice(third, 2 * third), weights.slice(2 * third)];
  const handles = (part: readonly Weight[]) => median(part.map((weight) => weight.handles));
  return {
    heapBytesInRound: medianSlope(steady.map(({ heapBytes }) => heapBytes)),
    handles: handles(last) - handles(middle),
  };
}

/** The slope of the median pair of values (Theil and Sen): a few that are far off do not tilt it. */
function medianSlope(values: readonly number[]): number {
  const slopes = values.flatMap((value, at) =>
    values.slice(at + 1).map((later, gap) => (later - value) / (gap + 1)),
  );
  return median(slopes);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
