import type { JobResult } from "@jobs/core";
import { createVirtualClock } from "@jobs/core/testing";
import { expect, it } from "vitest";
import { temporaryFile } from "../../test/temporary-file.ts";
import { sqlite } from "../sqlite.ts";
import { sqliteResults } from "./sqlite-results.ts";

const DAY_MS = 86_400_000;

function resultOf(id: string, parts: Partial<JobResult> = {}): JobResult {
  return {
    id,
    task: "add",
    queue: "default",
    status: "succeeded",
    value: { sum: 3 },
    attempt: 1,
    finishedAt: 1,
    ...parts,
  };
}

it("keeps a result over a new opening of the file, beside the jobs in it", async () => {
  const file = temporaryFile();
  const broker = sqlite({ file });
  const first = sqliteResults({ file });
  await broker.openQueue("work");
  await first.put(resultOf("job-1"), Number.POSITIVE_INFINITY);
  await first.close();
  const second = sqliteResults({ file });
  expect(await second.get("job-1")).toEqual(resultOf("job-1"));
  expect(await second.get("job-2")).toBeUndefined();
  await second.close();
  await broker.close();
});

it("forgets a result when its time is over, and prunes no other", async () => {
  const clock = createVirtualClock();
  const store = sqliteResults({ file: temporaryFile(), clock });
  await Promise.all([
    ...Array.from({ length: 2_500 }, (_, index) => store.put(resultOf(`short-${index}`), 1_000)),
    store.put(resultOf("long"), DAY_MS),
    store.put(resultOf("for-ever"), Number.POSITIVE_INFINITY),
  ]);
  await clock.advance(999);
  expect(await store.get("short-0")).toBeDefined();
  expect(await store.prune()).toBe(0);
  await clock.advance(1);
  expect(await store.get("short-0")).toBeUndefined();
  expect(await store.prune()).toBe(2_500);
  await clock.advance(DAY_MS);
  expect(await store.prune()).toBe(1);
  expect(await store.get("for-ever")).toBeDefined();
  await store.close();
});
