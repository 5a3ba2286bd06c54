import type { Weight } from "./weigh.ts";

/** How much a process grows while it runs. */
export interface Growth {
  /** Bytes of heap by round. Below zero when it shrinks. */
  readonly heapBytesInRound: number;
  /** Handles of the last third of the rounds that the second third did not have. */
  readonly handles: number;
}

/**
 * The growth without the first third of the rounds, in which code is compiled and caches fill. Medians, so that one
 * round with work of the engine changes nothing.
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

/** The median of the slopes between all pairs of values (Theil and Sen): a few outliers do not change it. */
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
