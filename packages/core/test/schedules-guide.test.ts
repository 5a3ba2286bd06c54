import { memory, memoryResults } from "@jobs/adapter-memory";
import { expect, it } from "vitest";
import { createVirtualClock } from "../src/runtime/virtual-clock.ts";
import { app, crm, sendReports } from "./schedules-guide.ts";

it("docs/guide/schedules.md shows schedules that are due as it says", async () => {
  const clock = createVirtualClock(Date.parse("2026-11-22T01:00:00Z"));
  const ours = app.with({
    broker: memory({ clock }),
    results: memoryResults({ clock }),
    runtime: { clock },
  });
  const ids: string[] = [];
  ours.observe((event) => {
    if (event.type === "job.succeeded" && event.job.task === "report") ids.push(event.job.id);
  });
  const worker = ours.worker({ ownsProcess: false });
  const report = worker.run();
  await clock.advance(3_600_000);
  const ended = worker.stop();
  await clock.advance(1_000);
  expect(await ended).toMatchObject({ succeeded: 13 });
  await report;
  expect((await ours.result(ids[0] ?? ""))?.value).toBe("short report of 2026-11-22T01:30:00.000Z");
});

it("docs/guide/schedules.md shows a schedule that is made at run time", async () => {
  await using ours = crm.with({ broker: memory() });
  await sendReports(ours, "ada", "0 6 * * *");
  await sendReports(ours, "ada", "0 7 * * *");
  const states = await ours.schedules.list();
  expect(states).toMatchObject([{ isStored: true, schedule: { cadence: { cron: "0 7 * * *" } } }]);
});
