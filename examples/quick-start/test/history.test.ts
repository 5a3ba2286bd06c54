import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import { expect, test } from "vitest";
import { appWithHistory, enqueueFor, lastHour } from "../history.ts";

test("jobs are found in the history by their tag, when they are done", async () => {
  const folder = await mkdtemp(join(tmpdir(), "jobs-history-"));
  const file = join(folder, "jobs.db");
  try {
    const working = appWithHistory(sqlite({ file }), file);
    const id = await enqueueFor(working, 7);
    await enqueueFor(working, 8);
    await working.worker({ ownsProcess: false, until: { type: "settled", jobs: 2 } }).run();
    await working.close();
    await using reading = appWithHistory(sqlite({ file }), file);
    const { jobs, steps } = await lastHour(reading, 7);
    expect(jobs).toMatchObject([{ id, state: "succeeded", tags: ["customer:7"], progress: { done: 1 } }]);
    expect(steps).toEqual(["job.enqueued", "job.started", "job.progress", "job.succeeded"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
