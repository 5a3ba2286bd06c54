import { createApp, defineSchedule, defineTask, handle } from "@jobs/core";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { redis } from "../src/index.ts";

const tick = defineTask("tick", {});
const pulse = defineSchedule("pulse", { cron: "* * * * * *", task: tick, params: {} });

describe.runIf(await hasRedis())("schedules", () => {
  it("four schedulers on one server in real time: each tick is run once, and none is left out [F44]", async () => {
    await using server = await startRedisServer();
    const ran: string[] = [];
    const apps = Array.from({ length: 4 }, () =>
      createApp({
        broker: redis({ url: server.url, onWarning: () => {} }),
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
});
