import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Clock } from "../../src/entries/runtime.ts";
import { createApp, defineSchedule, defineTask, handle } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";

const beat = defineTask("beat", {});

/** Starts workers on one storage whose clocks may be wrong, and tells which ticks were run. */
function createWorld(cadence: { cron: string; timeZone?: string }, startAt: string) {
  const clock = createVirtualClock(Date.parse(startAt));
  const storage = createMemoryStorage({ clock });
  const ran: string[] = [];
  const start = () => {
    let offsetMs = 0;
    const skewed: Clock = { ...clock, now: () => clock.now() + offsetMs };
    const app = createApp({
      broker: memory({ storage }),
      runtime: { clock: skewed },
      tasks: [beat],
      handlers: [handle(beat, (_, { headers }) => void ran.push(headers["jobs-tick"]?.slice(0, 16) ?? ""))],
      schedules: [defineSchedule("beat", { ...cadence, task: beat, params: {} })],
    });
    const worker = app.worker({ ownsProcess: false });
    void worker.run();
    onTestFinished(async () => {
      const ended = worker.force();
      await clock.advance(10_000);
      await ended;
    });
    return {
      put(ms: number) {
        offsetMs = ms;
      },
    };
  };
  return { clock, ran, start };
}

const MINUTE_MS = 60_000;

describe("a change of the clocks", () => {
  test("a time that is left out in spring is due as soon as the gap is over [F44]", async () => {
    const { clock, ran, start } = createWorld(
      { cron: "30 2 * * *", timeZone: "America/New_York" },
      "2026-03-08T05:00:00Z",
    );
    start();
    await clock.advance(26 * 60 * MINUTE_MS);
    expect(ran).toEqual(["2026-03-08T07:00", "2026-03-09T06:30"]);
  });

  test("a time that comes twice in autumn is due once, also for a worker that starts in between [F44]", async () => {
    const { clock, ran, start } = createWorld(
      { cron: "30 2 * * *", timeZone: "Europe/Berlin" },
      "2026-10-24T23:00:00Z",
    );
    start();
    await clock.advance(100 * MINUTE_MS);
    start();
    await clock.advance(25 * 60 * MINUTE_MS);
    expect(ran).toEqual(["2026-10-25T00:30", "2026-10-26T01:30"]);
  });

  test("what is due every half hour is due in both of the hours [F44]", async () => {
    const { clock, ran, start } = createWorld(
      { cron: "*/30 * * * *", timeZone: "Europe/Berlin" },
      "2026-10-24T23:50:00Z",
    );
    start();
    start();
    await clock.advance(130 * MINUTE_MS);
    expect(ran.map((tick) => tick.slice(11))).toEqual(["00:00", "00:30", "01:00", "01:30", "02:00"]);
  });
});

describe("a wrong clock", () => {
  const everyTenMinutes = { cron: "*/10 * * * *" };

  test("one that is ahead sends early, by as much as it is ahead; no tick is sent twice [F44]", async () => {
    const { clock, ran, start } = createWorld(everyTenMinutes, "2026-01-01T00:05:00Z");
    start().put(45_000);
    start();
    start().put(-90_000);
    await clock.advance(10 * 60 * MINUTE_MS);
    expect(ran).toHaveLength(60);
    expect(new Set(ran).size).toBe(60);
  });

  test("one that is put back by an hour comes to ticks again, and sends none of them again [F44]", async () => {
    const { clock, ran, start } = createWorld(everyTenMinutes, "2026-01-01T00:05:00Z");
    const worker = start();
    await clock.advance(60 * MINUTE_MS);
    expect(ran).toHaveLength(6);
    worker.put(-60 * MINUTE_MS);
    await clock.advance(60 * MINUTE_MS);
    expect(ran).toHaveLength(6);
    await clock.advance(30 * MINUTE_MS);
    expect(ran).toHaveLength(9);
  });

  test("one that is put back by a day sends no tick of that day again, and loses none after it [F44]", async () => {
    const { clock, ran, start } = createWorld({ cron: "0 * * * *" }, "2026-01-01T00:05:00Z");
    const worker = start();
    await clock.advance(25 * 60 * MINUTE_MS);
    expect(ran).toHaveLength(25);
    worker.put(-24 * 60 * MINUTE_MS);
    await clock.advance(24 * 60 * MINUTE_MS);
    expect(ran).toHaveLength(25);
    await clock.advance(3 * 60 * MINUTE_MS);
    expect(ran).toHaveLength(28);
    expect(new Set(ran).size).toBe(28);
  });

  test("one that is put a year ahead, and right again, goes on where it was [F44]", async () => {
    const { clock, ran, start } = createWorld(everyTenMinutes, "2026-01-01T00:05:00Z");
    const worker = start();
    await clock.advance(20 * MINUTE_MS);
    worker.put(365 * 24 * 60 * MINUTE_MS);
    await clock.advance(3 * MINUTE_MS);
    worker.put(0);
    await clock.advance(27 * MINUTE_MS);
    const thisYear = ran.filter((tick) => tick.startsWith("2026"));
    expect(thisYear.map((tick) => tick.slice(11))).toEqual(["00:10", "00:20", "00:30", "00:40", "00:50"]);
  });

  test.each([
    ["ahead", 60],
    ["back", -60],
  ])("one that is put %s by an hour makes no burst of the ticks of a minute [F44]", async (_, minutes) => {
    const { clock, ran, start } = createWorld({ cron: "*/5 * * * * *" }, "2026-01-01T12:00:02Z");
    const worker = start();
    await clock.advance(10_000);
    expect(ran).toHaveLength(2);
    worker.put(minutes * MINUTE_MS);
    await clock.advance(4_000);
    expect(ran).toHaveLength(3);
    await clock.advance(60_000);
    expect(ran).toHaveLength(15);
  });
});
