import type { JobResult } from "@jobs/core";
import { createVirtualClock } from "@jobs/core/virtual-clock";
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

it("keeps the first success: a second run never changes what was seen", async () => {
  const store = sqliteResults({ file: temporaryFile() });
  const dead = resultOf("job", { status: "dead", error: { name: "Error", message: "once" } });
  await store.put(dead, DAY_MS);
  expect(await store.get("job")).toEqual(dead);
  await store.put(resultOf("job", { value: "first" }), DAY_MS);
  await store.put(resultOf("job", { value: "second" }), DAY_MS);
  await store.put(dead, DAY_MS);
  expect(await store.get("job")).toEqual(resultOf("job", { value: "first" }));
  await store.close();
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

it("lets a new result take the place of one whose time is over", async () => {
  const clock = createVirtualClock();
  const store = sqliteResults({ file: temporaryFile(), clock });
  await store.put(resultOf("job", { value: "old" }), 1_000);
  await clock.advance(1_000);
  await store.put(resultOf("job", { value: "new" }), 1_000);
  expect(await store.get("job")).toEqual(resultOf("job", { value: "new" }));
  await store.close();
});

it("refuses every call after close", async () => {
  const store = sqliteResults({ file: temporaryFile() });
  await store.put(resultOf("job"), DAY_MS);
  await store.close();
  await store.close();
  await expect(store.get("job")).rejects.toMatchObject({ code: "broker_unavailable" });
  await expect(store.put(resultOf("job"), DAY_MS)).rejects.toMatchObject({ code: "broker_unavailable" });
});
