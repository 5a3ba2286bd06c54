import type { JobResult } from "@jobs/core";
import { createVirtualClock } from "@jobs/core/virtual-clock";
import { expect, test } from "vitest";
import { KeptResults } from "./kept-results.ts";

function resultOf(id: string, value: unknown): JobResult {
  return { id, task: "work", queue: "default", status: "succeeded", value, attempt: 1, finishedAt: 0 };
}

test("keeps the first success of a job until its time is over, and prunes what is past it", async () => {
  const clock = createVirtualClock();
  const results = new KeptResults(clock);
  await results.put(resultOf("short", 1), 1_000);
  await results.put(resultOf("short", 2), 1_000);
  await results.put(resultOf("long", 3), Number.POSITIVE_INFINITY);
  expect(await results.get("short")).toMatchObject({ value: 1 });
  await clock.advance(1_000);
  expect(await results.get("short")).toBeUndefined();
  expect(results.valueOf("long")).toBe(3);
  expect(await results.prune()).toBe(1);
  expect(await results.prune()).toBe(0);
});
