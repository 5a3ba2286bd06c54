import { describe, expect, test } from "vitest";
import type { EventSink, HistoryEvent } from "../../src/entries/broker.ts";
import { createMonitor, defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", { fail: "boolean?" }, { maxAttempts: 2, backoff: 1_000 });
const child = defineTask("child", {});

/** A sink that remembers what it was given, unless it is down. */
function recordingSink(): EventSink & { readonly events: HistoryEvent[]; isDown: boolean } {
  const events: HistoryEvent[] = [];
  return {
    kind: "recording",
    events,
    isDown: false,
    async write(batch) {
      if (this.isDown) throw new Error("the sink is down");
      events.push(...batch);
    },
    close: async () => {},
  };
}

function watchedRig() {
  const rig = createRig({
    tasks: [work, child],
    monitor: "monitor",
    handlers: [
      handle(work, async ({ fail }, ctx) => {
        if (fail) throw new Error("no");
        ctx.progress({ done: 0.5, odd: new Date(0) });
        await ctx.enqueue(child, {});
      }),
      handle(child, () => {}),
    ],
  });
  const sink = recordingSink();
  const monitor = createMonitor({ broker: rig.broker, sink, runtime: { clock: rig.clock } });
  return { rig, sink, monitor };
}

const typesOf = (events: readonly HistoryEvent[], id: string) =>
  events.filter((event) => "job" in event && event.job.id === id).map(({ type }) => type);

describe("the monitor", () => {
  test("each enqueue is one job and one event, sent soon after [T7]", async () => {
    const { rig } = watchedRig();
    for (let count = 0; count < 10; count++) await rig.app.enqueue(work, {});
    await rig.clock.advance(1_000);
    const stats = async (name: string) => (await (await rig.app.queue(name)).stats()).ready.n;
    expect([await stats("default"), await stats("monitor")]).toEqual([10, 1]);
    const { messages } = await (await rig.app.queue("monitor")).peek({ state: "ready", limit: 1 });
    const { params } = JSON.parse(messages[0]?.body ?? "") as { params: { events: HistoryEvent[] } };
    expect(params.events.map(({ type, seq }) => [type, seq])).toEqual(
      Array.from({ length: 10 }, (_, index) => ["job.enqueued", index + 1]),
    );
    expect(JSON.stringify(params.events)).not.toContain("params");
  });

  test("a sink gets every event of producers and workers, follow-ups included, in order [T9 T10 T11 T28]", async () => {
    const { rig, sink, monitor } = watchedRig();
    const good = await rig.app.enqueue(work, {});
    const bad = await rig.app.enqueue(work, { fail: true });
    rig.start();
    await rig.clock.advance(10_000);
    const watching = monitor.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await rig.clock.advance(10_000);
    expect(await watching).toMatchObject({ dead: 0 });
    const { events } = sink;
    expect(typesOf(events, good.id)).toEqual([
      "job.enqueued",
      "job.started",
      "job.progress",
      "job.succeeded",
    ]);
    expect(typesOf(events, bad.id)).toEqual([
      "job.enqueued",
      "job.started",
      "job.failed",
      "job.retried",
      "job.started",
      "job.failed",
      "job.dead",
    ]);
    const followUp = events.find((event) => event.type === "job.enqueued" && event.job.task === "child");
    expect(followUp).toBeDefined();
    expect(events.map(({ type }) => type)).toContain("worker.started");
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
    expect(JSON.stringify(events)).not.toContain("jobs.monitor");
  });

  test("jobs go on while their monitor's queue cannot be reached, and nothing is reported twice [T26]", async () => {
    const { rig, sink, monitor } = watchedRig();
    const { report, worker } = rig.start();
    await rig.app.enqueue(work, {});
    await rig.clock.advance(500);
    rig.faults.send = () => new Error("the broker takes nothing");
    await rig.clock.advance(20_000);
    delete rig.faults.send;
    await rig.clock.advance(60_000);
    await Promise.all([worker.stop(), rig.clock.advance(30_000)]);
    expect(await report).toMatchObject({ succeeded: 2, dead: 0 });
    expect(
      rig.logs.filter(({ message }) => message.includes("monitor")).map(({ message }) => message),
    ).toEqual(["events do not reach the monitor; jobs go on", "events reach the monitor again"]);
    const watching = monitor.worker({ ownsProcess: false, until: { type: "drained" } }).run();
    await rig.clock.advance(10_000);
    await watching;
    expect(sink.events.filter(({ type }) => type === "job.succeeded")).toHaveLength(2);
    expect(new Set(sink.events.map(({ eventId }) => eventId)).size).toBe(sink.events.length);
  });

  test("what a sink cannot take waits for it, without a failure, and comes once it is back [F42]", async () => {
    const { rig, sink, monitor } = watchedRig();
    sink.isDown = true;
    await rig.app.enqueue(work, {});
    await rig.clock.advance(1_000);
    const watching = monitor.worker({ ownsProcess: false });
    const report = watching.run();
    await rig.clock.advance(3_600_000);
    expect(sink.events).toEqual([]);
    sink.isDown = false;
    await rig.clock.advance(60_000);
    await Promise.all([watching.stop(), rig.clock.advance(1_000)]);
    expect(await report).toMatchObject({ succeeded: 1, retried: 0, dead: 0 });
    expect(sink.events).toHaveLength(1);
  });

  test.each<readonly [what: string, change: object | null]>([
    ["no object", null],
    ["an event at no time", { at: "never" }],
    ["an event at a time that no date has", { at: 9e15 }],
    ["an event without a type", { type: undefined }],
    ["an event whose type is a number", { type: 7 }],
    ["an event without an id", { eventId: undefined }],
    ["an event whose job is null", { job: null }],
    ["an event whose job has no id", { job: { task: "work", queue: "default" } }],
    ["an event whose tags are a text", { job: { id: "1", task: "work", queue: "default", tags: "a" } }],
    ["an event whose error is null", { error: null }],
    ["an event whose error has no message", { error: { name: "Error" } }],
  ])("%s is a dead letter, and the events behind it are written", async (_, change) => {
    const { rig, sink, monitor } = watchedRig();
    await rig.app.enqueue(work, {});
    await rig.clock.advance(1_000);
    const queue = await rig.app.queue("monitor");
    const [stored] = (await queue.peek({ state: "ready", limit: 1 })).messages;
    const envelope = JSON.parse(stored?.body ?? "") as { params: { events: object[] } };
    const [event] = envelope.params.events;
    const poison = change === null ? null : { ...event, ...change };
    const body = JSON.stringify({ ...envelope, id: "poison", params: { events: [poison] } });
    await queue.remove([stored?.messageId ?? ""]);
    await queue.send([
      { id: "poison", label: "jobs.monitor", body },
      { id: stored?.messageId ?? "", label: "jobs.monitor", body: stored?.body ?? "" },
    ]);
    const until = { type: "drained" } as const;
    const watching = monitor.worker({ ownsProcess: false, concurrency: 1, until }).run();
    await rig.clock.advance(120_000);
    expect(await watching).toMatchObject({ succeeded: 1, dead: 1 });
    expect(sink.events).toEqual([event]);
    const [dead] = (await queue.peek({ state: "dead", limit: 1 })).messages;
    expect(dead?.dead).toMatchObject({
      reason: "fatal",
      error: { message: expect.stringMatching(/^event 0 of 1 is unusable: .* must be .*\.$/) },
    });
  });

  test("closing the app sends what waits, and gives up after 5 s", async () => {
    const { rig } = watchedRig();
    await rig.app.enqueue(work, {});
    await rig.app.close();
    const later = rig.other({ tasks: [work] });
    expect((await (await later.queue("monitor")).stats()).ready.n).toBe(1);

    const { rig: deaf } = watchedRig();
    await deaf.app.enqueue(work, {});
    let sends = 0;
    deaf.faults.send = () => new Promise(() => void sends++);
    const closing = deaf.app.close();
    await deaf.clock.advance(5_000);
    await closing;
    await deaf.clock.advance(60_000);
    expect(sends, "nothing is sent after the end").toBe(1);
    expect(deaf.logs.at(-1)).toMatchObject({
      message: "events for the monitor were lost",
      fields: { events: 1 },
    });
  });

  test("its queue is one of the app's; without the setting there is none and nothing is reported [T3]", async () => {
    expect(watchedRig().rig.app.queues).toEqual(["default", "monitor"]);
    const plain = createRig({ tasks: [work] });
    await plain.app.enqueue(work, {});
    await plain.clock.advance(10_000);
    expect(plain.app.queues).toEqual(["default"]);
  });
});

test("jobs go to the queue of the first pattern that fits their task's name, unless the task names one [T2 T8]", () => {
  const tasks = [
    defineTask("export.shp", {}),
    defineTask("export.csv", {}, { queue: "csv" }),
    defineTask("import", {}),
    defineTask("mail.send.now", {}),
  ];
  const routes = { "export.*": "export", "mail.*.now": "urgent", "*": "rest" };
  const { app } = createRig({ tasks, routes });
  expect(tasks.map(({ name }) => app.config.task(name).queue)).toEqual(["export", "csv", "rest", "urgent"]);
  expect(app.queues).toEqual(["csv", "export", "rest", "urgent"]);
});

test("a task goes to the queue of the first dotted part of its name, where the app declares that queue [T2 T3 T8]", () => {
  const tasks = [
    defineTask("export.shp", {}),
    defineTask("export.csv", {}, { queue: "csv" }),
    defineTask("import.osm", {}),
    defineTask("msg", {}),
    defineTask("msg.late", {}),
  ];
  const queues = ["export", "msg", "reports", "default"];
  const { app } = createRig({ tasks, queues, monitor: "platform", routes: { "*.late": "late" } });
  expect(tasks.map(({ name }) => app.config.task(name).queue)).toEqual([
    "export",
    "csv",
    "default",
    "msg",
    "late",
  ]);
  expect(app.queues).toEqual(["csv", "default", "export", "late", "msg", "platform", "reports"]);
});

test("a job was enqueued before it was started, also when the broker's answer comes last [T28]", async () => {
  const { rig } = watchedRig();
  const app = rig.app.with({
    broker: {
      ...rig.broker,
      async openQueue(name) {
        const queue = await rig.broker.openQueue(name);
        return {
          ...queue,
          name: queue.name,
          capabilities: queue.capabilities,
          async send(messages) {
            const results = await queue.send(messages);
            await new Promise<void>((resolve) => rig.clock.schedule(3_000, resolve));
            return results;
          },
        };
      },
    },
  });
  const events: { readonly type: string; readonly at: number }[] = [];
  app.observe((event) => void events.push(event));
  const enqueued = app.enqueue(child, {});
  const worker = app.worker({ ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
  await rig.clock.advance(10_000);
  await Promise.all([enqueued, worker]);
  const at = (type: string) => events.find((event) => event.type === type)?.at ?? Number.NaN;
  expect(events.findIndex(({ type }) => type === "job.enqueued")).toBeGreaterThan(
    events.findIndex(({ type }) => type === "job.succeeded"),
  );
  expect(at("job.enqueued")).toBeLessThanOrEqual(at("job.started"));
});
