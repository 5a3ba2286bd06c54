import { expect, test } from "vitest";
import { growthOf } from "./growth.ts";
import type { Weight } from "./weigh.ts";

const soak = (rounds: number, weigh: (round: number) => Weight) =>
  Array.from({ length: rounds }, (_, round) => weigh(round));

test("what is gained by each round is found under noise and leaps [O5]", () => {
  const weights = soak(30, (round) => ({
    heapBytes: 1_000_000 + 500 * round + (round % 3) * 100 + (round === 20 ? 80_000 : 0),
    handles: 12,
  }));
  expect(growthOf(weights).heapBytesInRound).toBeCloseTo(500, -1);
});

test("what is gained at first is no growth: code is compiled, caches fill [O5]", () => {
  const weights = soak(30, (round) => ({
    heapBytes: 1_000_000 + 10_000 * Math.min(round, 9),
    handles: round < 5 ? 3 : 9,
  }));
  expect(growthOf(weights)).toEqual({ heapBytesInRound: 0, handles: 0 });
});

test("a handle that each round leaves open is found [O5]", () => {
  const weights = soak(30, (round) => ({ heapBytes: 0, handles: 10 + round }));
  expect(growthOf(weights).handles).toBe(10);
});
