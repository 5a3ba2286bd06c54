import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { CatchUp } from "../../src/entries/runtime.ts";
import { createApp, defineSchedule, defineTask, handle, type Task } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const report = defineTask("report", { kind: "string" });
const HOUR_MS = 3_600_000;

/** An app with one hourly schedule, and the ticks its jobs were for. */
function world(options: { catchUp?: CatchUp; cron?: string } = {}) {
  const { cron = "0 * * * *", catchUp = "none" } = options;
  const ran: string[] = [];
  const hourly = defineSchedule("hourly", { cron, catchUp, task: report, params: { kind: "short" } });
  const rig = createRig({
    tasks: [report],
    schedules: [hourly],
    handlers: [
      handle(report, (_, ctx) => void ran.push(ctx.headers["jobs-tick"]?.slice(11, 19) ?? "by hand")),
    ],
  });
  const work = async (ms: number) => {
    const { worker } = rig.start();
    await rig.clock.advance(ms);
    const ended = worker.stop();
    await rig.clock.advance(1);
    await ended;
  };
  return { rig, ran, work };
}

describe("a schedule", () => {
  test("sends a job at each tick, with the task's parameters and the time it was due", async () => {
    const { rig, ran, work } = world();
    await work(3 * HOUR_MS + 1_000);
    expect(ran).toEqual(["01:00:00", "02:00:00", "03:00:00"]);
    expect(rig.events.filter(({ type }) => type === "job.enqueued")).toHaveLength(3);
  });

  test.each([
    ["none", []],
    ["last", ["05:00:00"]],
    ["all", ["02:00:00", "03:00:00", "04:00:00", "05:00:00"]],
  ] as const)("catch-up %s after four missed ticks [F44]", async (catchUp, expected) => {
    const { rig, ran, work } = world({ catchUp });
    await work(1.5 * HOUR_MS);
    await rig.clock.advance(4 * HOUR_MS);
    ran.length = 0;
    await work(60_000);
    expect(ran).toEqual(expected);
    await work(60_000);
    expect(ran).toEqual(expected);
  });

  test("catching up is bounded: the latest 100 of a day by the minute", async () => {
    const { rig, ran, work } = world({ catchUp: "all", cron: "* * * * *" });
    await work(30_000);
    await rig.clock.advance(24 * HOUR_MS);
    await work(1_000);
    expect(ran).toHaveLength(100);
    expect([ran[0], ran.at(-1)]).toEqual(["22:21:00", "00:00:00"]);
  });

  test("a tick up to a minute late was not missed: a restart loses none", async () => {
    const { rig, ran, work } = world();
    await work(HOUR_MS - 20_000);
    await rig.clock.advance(40_000);
    await work(1_000);
    expect(ran).toEqual(["01:00:00"]);
  });

  test("nothing ticks while a worker drains, and nothing after", async () => {
    const { rig, ran } = world();
    const { worker } = rig.start();
    await rig.clock.advance(HOUR_MS - 1_000);
    const ended = worker.stop();
    await rig.clock.advance(HOUR_MS);
    await ended;
    expect(ran).toEqual([]);
  });

  test("a paused one sends nothing; resumed, it makes up for nothing; by hand it runs at any time", async () => {
    const { rig, ran } = world({ catchUp: "all" });
    rig.start();
    await rig.clock.advance(1_000);
    await rig.app.schedules.pause("hourly");
    expect(await rig.app.schedules.list()).toMatchObject([{ isPaused: true, nextAt: [] }]);
    await rig.clock.advance(3 * HOUR_MS);
    expect(ran).toEqual([]);
    await rig.app.schedules.run("hourly");
    await rig.app.schedules.resume("hourly");
    await rig.clock.advance(HOUR_MS);
    expect(ran).toEqual(["by hand", "04:00:00"]);
    const [state] = await rig.app.schedules.list();
    expect(state?.lastAt).toBe(Date.UTC(2026, 0, 1, 4));
    expect(state?.nextAt).toEqual([5, 6, 7].map((hour) => Date.UTC(2026, 0, 1, hour)));
    await expect(rig.app.schedules.pause("hourli")).rejects.toMatchObject({ hint: "Did you mean hourly?" });
  });

  test.each(["last", "all"] as const)(
    "ticks of a pause are not made up for with catch-up %s, also when no worker ran meanwhile",
    async (catchUp) => {
      const { rig, ran, work } = world({ catchUp });
      await work(1.5 * HOUR_MS);
      await rig.clock.advance(HOUR_MS);
      // 02:00 was missed before the pause; 03:00, 04:00 and 06:00 are of pauses, 05:00 of neither.
      await rig.app.schedules.pause("hourly");
      await rig.clock.advance(2 * HOUR_MS);
      await rig.app.schedules.resume("hourly");
      await rig.clock.advance(HOUR_MS);
      await rig.app.schedules.pause("hourly");
      await rig.clock.advance(HOUR_MS);
      await rig.app.schedules.resume("hourly");
      ran.length = 0;
      await work(60_000);
      expect(ran).toEqual(catchUp === "all" ? ["02:00:00", "05:00:00"] : ["05:00:00"]);
    },
  );

  test("one whose cadence was changed begins anew, and so does one that nobody has seen to for a week", async () => {
    const { rig, ran } = world({ catchUp: "all" });
    const changed = (cron: string) =>
      rig.other({
        tasks: [report],
        handlers: [handle(report, (_, ctx) => void ran.push(ctx.headers["jobs-tick"] ?? ""))],
        schedules: [defineSchedule("hourly", { cron, catchUp: "all", task: report, params: { kind: "x" } })],
      });
    const runFor = async (app: ReturnType<typeof changed>, ms: number) => {
      const worker = app.worker({ ownsProcess: false });
      void worker.run();
      await rig.clock.advance(ms);
      const ended = worker.stop();
      await rig.clock.advance(1);
      await ended;
    };
    await runFor(changed("0 * * * *"), 2.5 * HOUR_MS);
    await rig.clock.advance(4 * HOUR_MS);
    ran.length = 0;
    await runFor(changed("5 * * * *"), 1_000);
    expect(ran).toEqual([]);
    await rig.clock.advance(30 * 24 * HOUR_MS);
    await runFor(changed("5 * * * *"), 1_000);
    expect(ran).toEqual([]);
    await rig.clock.advance(6 * 24 * HOUR_MS);
    await runFor(changed("5 * * * *"), 1_000);
    expect(ran).toHaveLength(100);
  });

  test("a tick a year is made up for, since workers say each day that they see to its schedule", async () => {
    const { rig, ran, work } = world({ catchUp: "all", cron: "0 0 12 1 *" });
    await work(8 * 24 * HOUR_MS);
    await rig.clock.advance(5 * 24 * HOUR_MS);
    await work(1_000);
    expect(ran).toEqual(["00:00:00"]);
  });

  test("every 5 seconds with catch-up none: a restart sends the latest tick, not twelve", async () => {
    const { rig, ran, work } = world({ cron: "*/5 * * * * *" });
    await work(11_000);
    await rig.clock.advance(3 * 60_000);
    ran.length = 0;
    await work(1_000);
    expect(ran).toEqual(["00:03:10"]);
  });

  test("a first check that failed is still the first when it is tried again: no twelve ticks then", async () => {
    const { rig, ran, work } = world({ cron: "*/5 * * * * *" });
    await work(11_000);
    await rig.clock.advance(55_000);
    ran.length = 0;
    rig.faults.send = () => new Error("the broker does not answer");
    rig.start();
    await rig.clock.advance(1_000);
    delete rig.faults.send;
    await rig.clock.advance(5_000);
    expect(ran).toEqual(["00:01:10"]);
  });

  test("a broker that is away when a tick comes gets its job when it is back [F42]", async () => {
    const { rig, ran } = world();
    rig.start();
    await rig.clock.advance(HOUR_MS - 1_000);
    rig.faults.send = () => new Error("the broker does not answer");
    await rig.clock.advance(30_000);
    delete rig.faults.send;
    await rig.clock.advance(10_000);
    expect(ran).toEqual(["01:00:00"]);
  });

  test("a job of a tick whose result is kept is not run again, also when it was sent once more", async () => {
    let runs = 0;
    const rig = createRig({
      tasks: [report],
      results: memoryResults(),
      schedules: [defineSchedule("s", { everyMs: HOUR_MS, task: report, params: { kind: "x" } })],
      handlers: [handle(report, () => ++runs)],
    });
    rig.start();
    await rig.clock.advance(HOUR_MS + 1_000);
    const sent = rig.events.find(({ type }) => type === "job.enqueued");
    const id = sent?.type === "job.enqueued" ? sent.job.id : "";
    const headers = { "jobs-schedule": "s", "jobs-tick": "2026-01-01T01:00:00.000Z" };
    await rig.app.enqueue(report, { kind: "x" }, { id, headers });
    await rig.clock.advance(1_000);
    expect(rig.trace().filter((type) => type === "job.succeeded")).toHaveLength(2);
    expect(runs).toBe(1);
  });
});

describe("is refused", () => {
  const loose = report as Task<string, Record<string, unknown>>;

  test("at its definition: name, cadence, time zone, policy", () => {
    const make =
      (parts: object, name = "s") =>
      () =>
        defineSchedule(name, { task: report, params: { kind: "x" }, ...parts });
    expect(make({ cron: "* * * * *" }, "1 2")).toThrow("cannot be the name");
    expect(make({})).toThrow("either cron or everyMs");
    expect(make({ cron: "* * * * *", everyMs: 5_000 })).toThrow("either cron or everyMs");
    expect(make({ everyMs: 999 })).toThrow("everyMs is not usable");
    expect(make({ everyMs: 5_000, timeZone: "UTC" })).toThrow("timeZone applies only to cron");
    expect(make({ cron: "* * * * *", timeZone: "Mars/Base" })).toThrow("timeZone is unknown");
    expect(make({ everyMs: 5_000, catchUp: "some" })).toThrow('"none", "last" or "all"');
  });

  test.each([
    ["61 * * * *", "the cron fields cannot be read: Invalid value for minute: 61."],
    ["0/15 * * * *", "the cron fields cannot be read: Syntax error, stepping with numeric prefix"],
    [
      "* * * *",
      "the cron fields cannot be read: there must be 5 fields, or 6 with seconds, or 7 with a year",
    ],
    [
      "2099-01-01T00:00:00Z",
      "the cron fields cannot be read: there must be 5 fields, or 6 with seconds, or 7 with a year",
    ],
    ["@reboot", "the cron fields cannot be read"],
    ["H * * * *", "the cron fields cannot be read"],
    ["0 0 31 2 *", "the cron fields match no future time"],
    ["0 0 30 2 *", "the cron fields match no future time"],
    ["0 0 31 2,4,6,9,11 *", "the cron fields match no future time"],
    ["0 0 31W 2 *", "the cron fields match no future time"],
    ["0 0 0 1 1 * 2020", "the cron fields match no future time"],
  ])("at its definition: cron %s, with the reason", (cron, reason) => {
    const params = { kind: "x" };
    expect(() => defineSchedule("s", { cron, task: report, params })).toThrow(`schedule "s": ${reason}`);
  });

  test.each(["0 0 29 2 *", "0 0 L 2 *", "0 0 31 2 MON", "0 0 0 1 1 * 2099", "@Daily", " 0 3  * * * "])(
    "cron %s comes some day",
    (cron) => {
      expect(() => defineSchedule("s", { cron, task: report, params: { kind: "x" } })).not.toThrow();
    },
  );

  test.each([0, Number.NaN, 1, 999, 1_000.5, -5_000, 1e300, Number.POSITIVE_INFINITY, "5m", null])(
    "at its definition: everyMs %s",
    (everyMs) => {
      const make = () =>
        defineSchedule("s", { everyMs: everyMs as number, task: report, params: { kind: "x" } });
      expect(make).toThrow(/everyMs/);
    },
  );

  test("by createApp: twice the same name, unknown task, parameters that do not fit", () => {
    const good = defineSchedule("s", { everyMs: 5_000, task: report, params: { kind: "x" } });
    const bad = defineSchedule("b", { everyMs: 5_000, task: loose, params: { knd: "x" } });
    const make =
      (...schedules: (typeof good)[]) =>
      () =>
        createApp({ tasks: [report], schedules });
    expect(make(good, good)).toThrow('two schedules are named "s"');
    expect(make(bad)).toThrow("missing kind");
    expect(() => createApp({ tasks: [], schedules: [good] })).toThrow("no task");
  });

  test("at the start of a worker: values that a schema checks later, no coordination store", async () => {
    const slow = defineTask("slow", z.object({ n: z.int().refine(async (n) => n > 5) }));
    const start = (schedule: ReturnType<typeof defineSchedule>) => {
      const handlers = [handle(report, () => {}), handle(slow, () => {})];
      return createRig({ tasks: [report, slow], handlers, schedules: [schedule] }).start().report;
    };
    const params = { kind: "x" };
    await expect(
      start(defineSchedule("s", { everyMs: 1_000, task: slow, params: { n: 1 } })),
    ).rejects.toMatchObject({ code: "signature_mismatch" });
    const { rig } = world();
    const { coordination: _, ...broker } = rig.broker;
    const schedules = [defineSchedule("s", { everyMs: 1_000, task: report, params })];
    const app = createApp({
      broker,
      tasks: [report],
      handlers: [handle(report, () => {})],
      schedules,
    });
    await expect(app.worker({ ownsProcess: false }).run()).rejects.toMatchObject({
      code: "unsupported",
      feature: "schedules",
    });
    const others = app.worker({ ownsProcess: false, isScheduling: false, until: { type: "idle", forMs: 0 } });
    expect(await others.run()).toMatchObject({ cause: "idle" });
  });
});
