import { expect, test } from "vitest";
import { deterministicIds, uuidv7Ids } from "./ids.ts";
import { seededRandom } from "./random.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("ids are UUIDs of version 7, all different, rising within a process [W35]", () => {
  const ids = Array.from({ length: 20_000 }, uuidv7Ids);
  expect(ids.every((id) => UUID_V7.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
});

test("ids go on rising when the clock goes back [F35]", async () => {
  let now = 1_000_000;
  const clock = { ...createVirtualClock(), now: () => now };
  const next = deterministicIds(clock, seededRandom(1));
  const first = next();
  now -= 5_000;
  expect(next() > first).toBe(true);
});

test("the same seed and clock make the same ids [E12]", () => {
  const make = () => {
    const next = deterministicIds(createVirtualClock(), seededRandom(7));
    return Array.from({ length: 10 }, next);
  };
  expect(make()).toEqual(make());
});
