import { createApp, defineSchedule, defineTask, handle } from "@jobs/core";
import { expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { temporaryFile } from "./temporary-file.ts";

const tick = defineTask("tick", {});
const pulse = defineSchedule("pulse", { everyMs: 1_000, task: tick, params: {} });

it("four schedulers on one file in real time: each tick is run once, and none is left out [F44]", async () => {
  const file = temporaryFile();
  const ran: string[] = [];
  const apps = Array.from({ length: 4 }, () =>
    createApp({
      broker: sqlite({ file }),
      tasks: [tick],
      handlers: [handle(tick, (_, { headers }) => void ran.push(headers["jobs-tick"] ?? ""))],
      schedules: [pulse],
    }),
  );
  const workers = apps.map((app) => app.worker({ ownsProcess: false }));
  const reports = workers.map((worker) => worker.run());
  await expect.poll(() => ran.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(5);
  await Promise.all([...workers.map((worker) => worker.stop()), ...reports]);
  await Promise.all(apps.map((app) => app.close()));
  const ticks = ran.map((text) => Date.parse(text)).sort((one, other) => one - other);
  const first = ticks[0] ?? 0;
  expect(ticks).toEqual(ticks.map((_, index) => first + index * 1_000));
});
