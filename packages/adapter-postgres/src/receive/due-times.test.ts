import { createVirtualClock } from "@jobs/core/testing";
import { expect, it } from "vitest";
import { DueTimes } from "./due-times.ts";

const NO_SWEEP = { sweepSince: null, sweepUntil: null };

/** Times that were looked at up to 1,000,500 of the server's clock. */
function lookedUntil() {
  const clock = createVirtualClock();
  const times = new DueTimes(clock);
  times.note(times.all(), { lookedAt: 1_000_500, dueMs: undefined, sweptMs: undefined });
  return { clock, times };
}

it("begins where it has looked, and half a second before: statements of that time may have ended later", () => {
  const { times } = lookedUntil();
  expect(times.next(false)).toEqual({ since: 1_000_000, ...NO_SWEEP });
});

it("stays where it is when not all of the times could be looked at", () => {
  const { times } = lookedUntil();
  times.note(times.next(false), { lookedAt: undefined, dueMs: 3, sweptMs: undefined });
  expect(times.since).toBe(1_000_000);
});

it("rests between looks once many in a row were not cheap, and one cheap look ends that", async () => {
  const { clock, times } = lookedUntil();
  const look = (dueMs: number | undefined) =>
    times.note(times.next(false), { lookedAt: 1_000_500, dueMs, sweptMs: undefined });
  for (let n = 0; n < 7; n++) look(4);
  expect(times.next(false).since).toBe(1_000_000);
  look(4);
  expect(times.next(false).since).toBeNull();
  await clock.advance(80);
  expect(times.next(false).since).toBe(1_000_000);
  look(undefined);
  look(4);
  expect(times.next(false).since).toBe(1_000_000);
});

it("sweeps earlier times in parts, longer ones where they cost little, and then rests for a minute", async () => {
  const { clock, times } = lookedUntil();
  times.sweepFromNow();
  expect(times.lastSweepMs).toBe(Number.POSITIVE_INFINITY);
  const parts: (readonly [number | null, number | null])[] = [];
  const sweep = (sweptMs: number | undefined) => {
    const look = times.next(true);
    parts.push([look.sweepSince, look.sweepUntil]);
    times.note(look, { lookedAt: undefined, dueMs: undefined, sweptMs });
  };
  for (const sweptMs of [0.1, undefined, 8, 2]) sweep(sweptMs);
  expect(parts).toEqual([
    [999_000, 1_000_000],
    [997_000, 999_000],
    [997_000, 999_000],
    [996_000, 997_000],
  ]);
  while (times.next(true).sweepSince !== null) sweep(0.1);
  expect(parts.at(-1)?.[0]).toBe(0);
  expect(times.lastSweepMs).toBeCloseTo(10.1 + 0.1 * (parts.length - 4));
  await clock.advance(60_000);
  expect(times.next(true)).toMatchObject({ sweepSince: 999_000, sweepUntil: 1_000_000 });
});
