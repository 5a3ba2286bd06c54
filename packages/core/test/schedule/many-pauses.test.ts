import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { expect, test } from "vitest";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { wasPaused } from "../../src/schedule/due-ticks.ts";
import { createTickRecords } from "../../src/schedule/tick-records.ts";

const MINUTE_MS = 60_000;

/** Pauses a schedule for the second half of each of the first `count` minutes. */
async function pausedEachMinute(count: number) {
  const { coordination } = memory({ storage: createMemoryStorage({ clock: createVirtualClock() }) });
  if (coordination === undefined) throw new Error("a broker in memory has a coordination store");
  const records = createTickRecords(coordination);
  for (let minute = 0; minute < count; minute++) {
    await records.pause("nightly", (minute + 0.5) * MINUTE_MS);
    await records.resume("nightly", (minute + 1) * MINUTE_MS - 1);
  }
  return { records, pauses: await records.pauses("nightly") };
}

test.each([1, 20, 21, 500])("none of %d pauses is forgotten, and the record stays small", async (count) => {
  const { records, pauses } = await pausedEachMinute(count);
  const paused = Array.from({ length: count }, (_, minute) => (minute + 0.75) * MINUTE_MS);
  expect(paused.filter((tick) => !wasPaused(pauses, tick))).toEqual([]);
  expect(pauses.length).toBe(Math.min(count, 20));
  const between = Array.from({ length: count }, (_, minute) => (minute + 0.25) * MINUTE_MS);
  expect(between.filter((tick) => !wasPaused(pauses, tick))).toHaveLength(Math.min(count, 20));
  await records.pause("nightly", count * MINUTE_MS);
  expect(wasPaused(await records.pauses("nightly"), Number.MAX_SAFE_INTEGER)).toBe(true);
});
