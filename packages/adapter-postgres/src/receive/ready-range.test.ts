import { createVirtualClock } from "@jobs/core/testing";
import { expect, it } from "vitest";
import { ReadyRange } from "./ready-range.ts";

const zeros = Array(10).fill(0);

/** Rows of priority 0 with these numbers. */
const rows = (...numbers: readonly number[]) => numbers.map((seq) => ({ rank: 19, seq: String(seq) }));

/** A range whose last look at all took that long, after it took number 200,000. */
function afterLook(lookMs: number) {
  const clock = createVirtualClock();
  const range = new ReadyRange(clock);
  const look = range.next();
  range.note(look, { rows: rows(200_000), isFullBatch: false, lookedAt: 5_000, lookMs });
  return { clock, range };
}

it("begins after the last message it took, and at once looks below where that is cheap", () => {
  const { range } = afterLook(1);
  expect(range.next()).toEqual({
    since: 4_500,
    lows: [200_001, ...zeros.slice(1)],
    sweepLows: zeros,
    sweepHighs: null,
    isFull: false,
  });
});

it("looks below in parts from the newest on where a look at all is not cheap, and rests between them", async () => {
  const { clock, range } = afterLook(50);
  expect(range.next()).toMatchObject({ isFull: false, sweepLows: null });
  await clock.advance(1_000);
  const parts: (readonly (number | undefined)[])[] = [];
  for (let part = 0; part < 5; part++) {
    const look = range.next();
    expect(look).toMatchObject({ isFull: true, since: 4_500 });
    parts.push([look.sweepLows?.[0], look.sweepHighs?.[0]]);
    range.note(look, { rows: [], isFullBatch: false, lookedAt: 5_000, lookMs: 10 });
    expect(range.next().isFull).toBe(false);
    await clock.advance(200);
  }
  expect(parts).toEqual([
    [150_001, 200_001],
    [100_001, 150_001],
    [50_001, 100_001],
    [1, 50_001],
    [0, 1],
  ]);
});

it("looks at all again when all parts together were cheap", async () => {
  const { clock, range } = afterLook(50);
  await clock.advance(1_000);
  for (let part = 0; part < 5; part++) {
    range.note(range.next(), { rows: [], isFullBatch: false, lookedAt: 5_000, lookMs: 0.1 });
    await clock.advance(200);
  }
  expect(range.next()).toMatchObject({ since: 0, sweepLows: zeros, sweepHighs: null });
});

it("a notification of a lower number lowers the beginning, and one that returns messages makes the next look full", () => {
  const { range } = afterLook(1);
  range.lower(150);
  expect(range.next().lows[0]).toBe(150);
  range.lower(0);
  expect(range.next().isFull).toBe(true);
});

it("a new process begins where another one has looked, in parts at first", () => {
  const range = new ReadyRange(createVirtualClock());
  range.startFrom([70_000, ...zeros.slice(1)], 4_500);
  expect(range.next()).toMatchObject({
    since: 4_500,
    lows: [70_000, ...zeros.slice(1)],
    sweepHighs: [70_000, ...zeros.slice(1)],
  });
});
