import { createMemoryHistory } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { type HistoryEvent, type HistoryStore, LATEST_EVENT } from "../../src/entries/broker.ts";
import { chain, createMonitor, defineTask, handle, JobsError, step } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", { fail: "boolean?" }, { maxAttempts: 1 });
const HOUR_MS = 3_600_000;

/** An app whose history can be away. `refuses` may throw for some events. */
function rigWithHistory(refuses: (events: readonly HistoryEvent[]) => void = () => {}) {
  const history = createMemoryHistory({ clock: createVirtualClock() });
  const writes: (readonly HistoryEvent[])[] = [];
  const observed: HistoryStore = {
    ...history,
    async write(events) {
      refuses(events);
      writes.push(events);
      await history.write(events);
    },
  };
  const rig = createRig({
    tasks: [work],
    history: observed,
    handlers: [
      handle(work, ({ fail }, ctx) => {
        if (fail) throw new Error("no");
        ctx.progress({ done: 1 });
      }),
    ],
  });
  const messages = () =>
    rig.logs.map(({ message }) => message).filter((message) => message.includes("history"));
  return { rig, history, writes, messages };
}

describe("an app with a history", () => {
  test("producers and workers write their events, many at once", async () => {
    const { rig, history, writes } = rigWithHistory();
    const good = await rig.app.enqueue(work, {}, { tags: ["customer:7", "import"] });
    const bad = await rig.app.enqueue(work, { fail: true });
    expect(writes).toEqual([]);
    rig.start();
    await rig.clock.advance(5_000);
    expect(await history.job(good.id)).toMatchObject({
      state: "succeeded",
      attempt: 1,
      tags: ["customer:7", "import"],
      enqueuedAt: good.enqueuedAt,
      progress: { done: 1 },
    });
    expect(await history.job(bad.id)).toMatchObject({ state: "dead", error: "Error: no", tags: [] });
    expect((await history.list({ tag: "import" })).jobs.map(({ id }) => id)).toEqual([good.id]);
    expect(writes.length).toBeLessThan(4);
    const timeline = await history.timeline(bad.id);
    expect(timeline.map(({ type }) => type)).toEqual([
      "job.enqueued",
      "job.started",
      "job.failed",
      "job.dead",
    ]);
  });

  test("all jobs of a flow have its tags and its id", async () => {
    const { rig, history } = rigWithHistory();
    const { id } = await rig.app.start(chain([step(work, {}), step(work, {})]), { tags: ["nightly"] });
    rig.start();
    await rig.clock.advance(5_000);
    const { jobs } = await history.list({ flow: id, tag: "nightly" });
    expect(jobs.map(({ state }) => state)).toEqual(["succeeded", "succeeded"]);
  });

  test("an id that is used again is another job, whatever the first one still reports", async () => {
    const { rig, history } = rigWithHistory();
    await rig.app.enqueue(work, {}, { id: "again", tags: ["first"] });
    rig.start();
    await rig.clock.advance(5_000);
    expect(await history.job("again")).toMatchObject({ state: "succeeded", tags: ["first"] });
    await rig.app.enqueue(work, { fail: true }, { id: "again" });
    await rig.clock.advance(5_000);
    expect(await history.job("again")).toMatchObject({ state: "dead", tags: [] });
    expect((await history.list({ tag: "first" })).jobs).toEqual([]);
  });

  test("jobs go on while the history is away, and no event comes twice or is lost", async () => {
    let isAway = true;
    const { rig, history, messages } = rigWithHistory(() => {
      if (isAway) throw new Error("the database is down");
    });
    const { report, worker } = rig.start();
    await rig.app.enqueue(work, {});
    await rig.clock.advance(20_000);
    isAway = false;
    await rig.clock.advance(60_000);
    await Promise.all([worker.stop(), rig.clock.advance(30_000)]);
    expect(await report).toMatchObject({ succeeded: 1 });
    expect(messages()).toEqual([
      "events do not reach the history; jobs go on",
      "events reach the history again",
    ]);
    const { events } = await history.events({ limit: 100 });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  test("a batch that the store refuses for good is reported and does not hold up later ones", async () => {
    const { rig, history, messages } = rigWithHistory((events) => {
      if (events.some((event) => "job" in event && event.job.id === "bad"))
        throw new JobsError("unreadable_record", "no database takes this");
    });
    await rig.app.enqueue(work, {}, { id: "bad" });
    await rig.clock.advance(2_000);
    await rig.app.enqueue(work, {}, { id: "good" });
    await rig.clock.advance(2_000);
    expect(messages()).toEqual(["events for the history were lost"]);
    expect((await history.list()).jobs.map(({ id }) => id)).toEqual(["good"]);
  });

  test("more events than wait are dropped, oldest first, and the loss is reported once", async () => {
    let isAway = true;
    const { rig, messages, history } = rigWithHistory(() => {
      if (isAway) throw new Error("the database is down");
    });
    const items = Array.from({ length: 10_250 }, (_, index) => [work, {}, { id: `job-${index}` }] as const);
    await rig.app.enqueueMany(items);
    await rig.clock.advance(60_000);
    isAway = false;
    await rig.clock.advance(60_000);
    expect(messages().filter((message) => message.includes("lost"))).toHaveLength(1);
    const lost = rig.logs.find(({ message }) => message.includes("lost"));
    expect(lost?.fields).toMatchObject({ events: expect.any(Number) });
    expect(await history.job("job-10249")).toBeDefined();
  });

  test("start and end of short jobs are written together, at most 500 events at once", async () => {
    const { rig, history, writes } = rigWithHistory();
    await rig.app.enqueueMany(Array.from({ length: 400 }, () => [work, {}] as const));
    await rig.clock.advance(2_000);
    writes.length = 0;
    rig.start();
    await rig.clock.advance(5_000);
    const sizes = writes.map((events) => events.length);
    expect(Math.max(...sizes)).toBe(500);
    expect((await history.list({ states: ["succeeded"], limit: 1_000 })).jobs).toHaveLength(400);
    // A job has three events here: its start, its progress and its end.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(1_200);
  });

  test("closing the app writes what waits", async () => {
    const { rig, history, writes } = rigWithHistory();
    const { cursor } = await history.events({ after: LATEST_EVENT });
    await rig.app.enqueue(work, {});
    await rig.app.close();
    expect(writes).toHaveLength(1);
    expect(cursor).toBe("0");
    await expect(history.list()).rejects.toMatchObject({ code: "broker_unavailable" });
  });

  test("an event that comes by the monitor's queue as well is kept once", async () => {
    const history = createMemoryHistory({ clock: createVirtualClock() });
    const rig = createRig({ tasks: [work], handlers: handle(work, () => {}), history, monitor: "monitor" });
    const { id } = await rig.app.enqueue(work, {});
    rig.start();
    await rig.clock.advance(5_000);
    const before = await history.events({ limit: 100 });
    const monitor = createMonitor({ broker: rig.broker, sink: history, runtime: { clock: rig.clock } });
    const watching = monitor.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await rig.clock.advance(10_000);
    await watching;
    expect(await history.timeline(id)).toHaveLength(3);
    expect(await history.events({ limit: 100 })).toEqual(before);
  });

  test("workers remove what is older than historyTtl, and of more than historyMaxJobs the oldest", async () => {
    const prunes: unknown[] = [];
    const history = createMemoryHistory();
    const counted: HistoryStore = {
      ...history,
      prune: async (retention) => prunes.push(retention),
    };
    const worker = { historyTtlMs: HOUR_MS, historyMaxJobs: 50 };
    const rig = createRig({ tasks: [work], handlers: handle(work, () => {}), history: counted, worker });
    rig.start();
    await rig.clock.advance(HOUR_MS);
    expect(prunes.length).toBeGreaterThan(3);
    expect(prunes[0]).toEqual({ olderThanMs: HOUR_MS, maxJobs: 50 });
  });

  test("a copy of the app can be without its history", async () => {
    const { rig, writes } = rigWithHistory();
    const copy = rig.app.with({ history: false });
    expect(copy.history).toBeUndefined();
    await copy.enqueue(work, {});
    await copy.close();
    expect(writes).toEqual([]);
  });
});

test.each([
  ["too many tags", Array.from({ length: 11 }, (_, index) => `tag-${index}`)],
  ["a tag that is too long", ["x".repeat(101)]],
  ["an empty tag", [""]],
  ["a text in place of a list", "customer:7"],
])("an enqueue refuses %s", async (_, tags) => {
  const { app } = createRig({ tasks: [work] });
  await expect(app.enqueue(work, {}, { tags: tags as never })).rejects.toMatchObject({
    code: "invalid_config",
    message: expect.stringContaining("tag"),
  });
});
