import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, handle } from "@jobs/core";
import { expect, it } from "vitest";
import { etlWrite } from "../src/tasks.ts";

const RECORD = {
  source: "wire",
  title: "Storm",
  message: "It rains.",
  author: "ann",
  creation_date: "2018-06-02T10:30:00Z",
  tags: [],
};

it("the writer takes one record at a time, also in a worker that has room for ten [E15]", async () => {
  let running = 0;
  let most = 0;
  await using app = createApp({
    tasks: [etlWrite],
    broker: sqlite({ file: join(mkdtempSync(join(tmpdir(), "etl-")), "jobs.db") }),
    handlers: [
      handle(etlWrite, async () => {
        most = Math.max(most, ++running);
        await turn();
        running--;
      }),
    ],
  });
  const ids = Array.from({ length: 20 }, (_, index) => `r${index}`);
  await app.enqueueMany(ids.map((id) => [etlWrite, { ...RECORD, id }]));
  const worker = app.worker({ concurrency: 10, ownsProcess: false, until: { type: "drained" } });
  expect(await worker.run()).toMatchObject({ succeeded: 20 });
  expect(most).toBe(1);
});
