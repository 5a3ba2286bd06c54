import { createVirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { ReadyRange } from "./ready-range.ts";

const zeros = Array(10).fill(0);

/** Rows of priority 0 with these numbers. */
const rows = (...numbers: readonly number[]) => numbers.map((seq) => ({ rank: 19, seq: String(seq) }));

/** What a look finds that takes so long. */
function found(lookMs: number, taken = rows()) {
  return { rows: taken, isFullBatch: false, lookedAt: 5_000, lookMs, dueMs: 0, sweptMs: 0 };
}

/** A range whose last look at all took that long, after it took number 200,000. */
function afterLook(lookMs: number) {
  const clock = createVirtualClock();
  const range = new ReadyRange(clock);
  range.note(range.next(), found(lookMs, rows(200_000)));
  return { clock, range };
}

it("begins after the last message it took, and at once looks below where that is cheap", () => {
  const { range } = afterLook(1);
  expect(range.next()).toEqual({
    since: 4_500,
    sweepSince: null,
    sweepUntil: null,
    lows: [200_001, ...zeros.slice(1)],
    sweepLows: zeros,
    sweepHighs: null,
    isFull: false,
  });
});

it("looks below in parts from the newest on where a look at all is not cheap, and rests between them", async () => {
  const { clock, range } = afterLook(50);
  expect(range.next()).toMatchObject({ isFull: false, sweepLows: null, sweepSince: null });
  await clock.advance(1_000);
  const parts: (readonly (number | undefined)[])[] = [];
  for (let part = 0; part < 5; part++) {
    const look = range.next();
    expect(look).toMatchObject({ isFull: true, since: 4_500 });
    parts.push([look.sweepLows?.[0], look.sweepHighs?.[0]]);
    range.note(look, found(10));
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

it("looks at all again when all parts of the numbers and of the times were cheap", async () => {
  const { clock, range } = afterLook(50);
  await clock.advance(1_000);
  expect(range.next()).toMatchObject({ sweepSince: 3_500, sweepUntil: 4_500 });
  for (let part = 0; part < 5; part++) {
    range.note(range.next(), found(0.1));
    await clock.advance(200);
  }
  expect(range.next()).toMatchObject({ since: 0, sweepSince: null, sweepLows: zeros, sweepHighs: null });
});

it("does not look at all while a sweep of the times is not over, or was not cheap", async () => {
  const { clock, range } = afterLook(50);
  await clock.advance(1_000);
  for (let part = 0; part < 12; part++) {
    range.note(range.next(), { ...found(4), sweptMs: 4 });
    await clock.advance(200);
    expect(range.next().since).toBe(4_500);
  }
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
    sweepSince: 3_500,
    sweepUntil: 4_500,
    lows: [70_000, ...zeros.slice(1)],
    sweepHighs: [70_000, ...zeros.slice(1)],
  });
});

describe("the next messages", () => {
  /** A range whose last receive was full and took this number last. */
  function afterFull(seq: number) {
    const clock = createVirtualClock();
    const range = new ReadyRange(clock);
    range.note(range.next(), { ...found(1, rows(seq)), isFullBatch: true });
    return { clock, range };
  }

  it("are known for a moment after a full receive, behind its last message", async () => {
    const { clock, range } = afterFull(500);
    expect(range.nextKnown(1)).toEqual({ low: 501, high: 533 });
    range.noteNext({ low: 501, high: 533 }, rows(504), true);
    expect(range.nextKnown(100)).toEqual({ low: 505, high: 933 });
    await clock.advance(20);
    expect(range.nextKnown(1)).toBeUndefined();
  });

  it("are not known after a receive that was not full, nor after one was returned", () => {
    const { range } = afterFull(500);
    range.noteReturned();
    expect(range.nextKnown(1)).toBeUndefined();
    expect(afterLook(1).range.nextKnown(1)).toBeUndefined();
  });

  it("are known to the first receive after a notification", () => {
    const { range } = afterLook(1);
    range.lower(70);
    expect(range.nextKnown(10)).toEqual({ low: 70, high: Number.MAX_SAFE_INTEGER });
    expect(range.nextKnown(10)).toBeUndefined();
  });

  it("are looked for further away where they were, and not for a while after three misses", async () => {
    const { clock, range } = afterFull(500);
    const miss = (next: number) => {
      const look = range.nextKnown(1);
      if (look === undefined) throw new Error("nothing is known");
      range.noteNext(look, [], false);
      range.note(range.next(), { ...found(1, rows(next)), isFullBatch: true });
    };
    miss(600);
    expect(range.nextKnown(1)).toEqual({ low: 601, high: 601 + 256 });
    miss(602);
    expect(range.nextKnown(1)).toEqual({ low: 603, high: 603 + 256 });
    miss(604);
    expect(range.nextKnown(1)).toBeUndefined();
    await clock.advance(1_000);
    range.note(range.next(), { ...found(1, rows(605)), isFullBatch: true });
    expect(range.nextKnown(1)).toEqual({ low: 606, high: 606 + 256 });
  });
});
