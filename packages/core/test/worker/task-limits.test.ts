import { memory } from "@jobs/adapter-memory";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createApp, defineTask, handle, type TaskOptions } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { createRig } from "../rig.ts";

const plain = defineTask("plain", {});

/** A rig whose handlers take `runMs` and note when they began. */
function limitedRig(options: TaskOptions, runMs = 1_000, like?: { maxDeliveries: number }) {
  const limited = defineTask("limited", {}, options);
  const startedAt: { readonly task: string; readonly at: number }[] = [];
  const running = new Map<string, number>();
  let most = 0;
  const rig = createRig({
    tasks: [limited, plain],
    handlers: [
      handle([limited, plain] as const, async (_, { task }) => {
        startedAt.push({ task, at: rig.clock.monotonic() });
        running.set(task, (running.get(task) ?? 0) + 1);
        most = Math.max(most, running.get("limited") ?? 0);
        await new Promise<void>((resolve) => rig.clock.schedule(runMs, resolve));
        running.set(task, (running.get(task) ?? 0) - 1);
      }),
    ],
    ...(like && { capabilities: like }),
  });
  const send = async (count: number, task: typeof limited | typeof plain = limited) => {
    await rig.app.enqueueMany(Array.from({ length: count }, () => [task, {}] as const));
  };
  const startsOf = (task: string) => startedAt.filter((start) => start.task === task).map(({ at }) => at);
  return { ...rig, limited, send, startsOf, most: () => most };
}

describe("concurrency of a task [C12]", () => {
  test("in a queue of its own, no more is leased than may run", async () => {
    const rig = limitedRig({ queue: "own", concurrency: 2 });
    await rig.send(9);
    const { report } = rig.start({ concurrency: 10, until: { type: "drained" } });
    await rig.clock.advance(500);
    expect(await (await rig.app.queue("own")).stats()).toMatchObject({ leased: { n: 2 }, ready: { n: 7 } });
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ succeeded: 9, retried: 0, postponed: 0, released: 0 });
    expect(rig.most()).toBe(2);
  });

  test("in a shared queue, others go on beside those that wait, and no lease is lost while waiting", async () => {
    const rig = limitedRig({ concurrency: 1 }, 20_000);
    await rig.send(4);
    await rig.send(3, plain);
    const { report } = rig.start({ concurrency: 8, until: { type: "drained" } });
    await rig.clock.advance(100);
    expect(rig.startsOf("plain")).toHaveLength(3);
    expect(rig.startsOf("limited")).toHaveLength(1);
    await rig.clock.advance(100_000);
    expect(await report).toMatchObject({ succeeded: 7, leasesLost: 0, postponed: 0 });
    expect(rig.most()).toBe(1);
  });

  test("what waits for a place when the worker stops is released unstarted", async () => {
    const rig = limitedRig({ concurrency: 1 });
    await rig.send(3);
    await rig.send(1, plain);
    const { worker, report } = rig.start({ concurrency: 8 });
    await rig.clock.advance(100);
    void worker.stop();
    await rig.clock.advance(2_000);
    expect(await report).toMatchObject({ succeeded: 2, released: 2, cutOff: 0 });
  });

  test("what expires while it waits for a place is set aside, not run", async () => {
    const rig = limitedRig({ concurrency: 1 }, 5_000);
    await rig.app.enqueue(rig.limited, {});
    await rig.app.enqueue(rig.limited, {}, { expiresInMs: 1_000 });
    await rig.app.enqueue(rig.limited, {});
    await rig.send(1, plain);
    const { report } = rig.start({ concurrency: 8, until: { type: "drained" } });
    await rig.clock.advance(20_000);
    expect(await report).toMatchObject({ succeeded: 3, dead: 1 });
    expect(rig.events.find(({ type }) => type === "job.dead")).toMatchObject({ reason: "expired" });
  });

  test("a lease lost in the line gives the job and its slot up, without a run", async () => {
    const rig = limitedRig({ concurrency: 1 }, 60_000);
    await rig.send(2);
    await rig.send(1, plain);
    const { worker } = rig.start({ concurrency: 8, leaseMs: 9_000 });
    await rig.clock.advance(100);
    expect(worker.running).toBe(3);
    rig.faults.extend = () => new Error("gone");
    // So that what comes back from the lost leases takes no slots.
    await (await rig.app.queue("default")).pause();
    await rig.clock.advance(12_000);
    expect(rig.startsOf("limited")).toHaveLength(1);
    expect(worker.running).toBe(2);
  });
});

describe("rate of a task [C12]", () => {
  test("starts are evenly spread", async () => {
    const rig = limitedRig({ queue: "own", ratePerSecond: 5 }, 0);
    await rig.send(21);
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ succeeded: 21, postponed: 0 });
    const starts = rig.startsOf("limited");
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(199);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(202);
  });

  test("is reached where it is higher than timers are fine", async () => {
    const rig = limitedRig({ queue: "own", ratePerSecond: 2_000 }, 0);
    await rig.send(1_000);
    rig.start({ concurrency: 100 });
    await rig.clock.advance(420);
    expect(rig.startsOf("limited").length).toBeGreaterThanOrEqual(980);
    const first = rig.startsOf("limited").filter((at) => at <= 100).length;
    expect(first).toBeLessThanOrEqual(402);
  });

  test("in a shared queue, what is over the rate waits and others go on", async () => {
    const rig = limitedRig({ ratePerSecond: 1 }, 0);
    await rig.send(3);
    await rig.send(5, plain);
    rig.start({ concurrency: 8 });
    await rig.clock.advance(500);
    expect(rig.startsOf("plain")).toHaveLength(5);
    expect(rig.startsOf("limited")).toHaveLength(1);
    await rig.clock.advance(2_000);
    expect(rig.startsOf("limited")).toHaveLength(3);
  });
});

describe("pause of a task [C22]", () => {
  test("the queue of a paused task is not asked; a predicate is asked again", async () => {
    let isNight = true;
    const rig = limitedRig({ queue: "own", isPaused: () => isNight }, 0);
    await rig.send(3);
    rig.start();
    await rig.clock.advance(5_000);
    expect(await (await rig.app.queue("own")).stats()).toMatchObject({ leased: { n: 0 }, ready: { n: 3 } });
    isNight = false;
    await rig.clock.advance(1_100);
    expect(rig.startsOf("limited")).toHaveLength(3);
  });

  test("a predicate is asked once a second, however busy the worker is", async () => {
    let questions = 0;
    const isPaused = () => {
      questions++;
      return false;
    };
    const rig = limitedRig({ isPaused }, 1);
    await rig.send(5_000);
    rig.start({ concurrency: 2 });
    await rig.clock.advance(2_000);
    expect(rig.startsOf("limited").length).toBeGreaterThan(2_000);
    expect(questions).toBeLessThanOrEqual(3);
  });

  test("in a shared queue, its jobs are put off without a failure and others go on", async () => {
    const rig = limitedRig({ isPaused: true }, 0);
    await rig.send(1);
    await rig.send(2, plain);
    rig.start();
    await rig.clock.advance(30_000);
    expect(rig.startsOf("plain")).toHaveLength(2);
    const stats = await (await rig.app.queue("default")).stats();
    expect(stats).toMatchObject({ delayed: { n: 1 }, dead: { n: 0 } });
    expect(rig.trace()).toContain("job.snoozed");
  });

  test("where being put off counts as a delivery, pausing one of several tasks is refused at start", async () => {
    const rig = limitedRig({ isPaused: true, maxAttempts: 3 }, 0, { maxDeliveries: 5 });
    const { report } = rig.start();
    await rig.clock.advance(100);
    await expect(report).rejects.toMatchObject({ code: "invalid_config" });
  });

  test("a predicate that throws pauses, and says so once", async () => {
    const isPaused = () => {
      throw new Error("no flags today");
    };
    const rig = limitedRig({ queue: "own", isPaused }, 0);
    await rig.send(1);
    rig.start();
    await rig.clock.advance(5_000);
    expect(rig.startsOf("limited")).toHaveLength(0);
    expect(rig.logs.filter(({ message }) => message.startsWith("isPaused gave no answer"))).toHaveLength(1);
  });

  test("a worker asked to run once does not wait for a paused queue", async () => {
    const rig = limitedRig({ queue: "own", isPaused: true }, 0);
    await rig.send(1);
    const { report } = rig.start({ until: { type: "once" } });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 0, cause: "once" });
  });
});

describe("poll interval [C5]", () => {
  test("an idle queue is looked at that often; what it has is taken at the next look, all of it", async () => {
    const rig = limitedRig({ queue: "own", pollIntervalMs: 500 }, 0);
    const looks: number[] = [];
    rig.faults.receive = () => {
      looks.push(rig.clock.monotonic());
      return undefined;
    };
    rig.start({ queues: ["own"], concurrency: 1 });
    await rig.clock.advance(2_100);
    expect(looks.slice(1).map((at, index) => at - (looks[index] ?? 0))).toEqual([500, 500, 500, 500]);
    await rig.send(3);
    await rig.clock.advance(500);
    expect(rig.startsOf("limited")).toHaveLength(3);
  });

  test("an idle worker ends although its queue is looked at in between", async () => {
    const rig = limitedRig({ queue: "own", pollIntervalMs: 500 }, 0);
    const { report } = rig.start({ queues: ["own"], until: { type: "idle", forMs: 3_000 } });
    await rig.clock.advance(4_000);
    expect(await report).toMatchObject({ cause: "idle" });
  });
});

test("whatever the limits of tasks that share queues and slots, none is passed and every job is run [C12]", async () => {
  const limits = fc.record({
    queue: fc.constantFrom("a", "b"),
    concurrency: fc.constantFrom(1, 2, 5, Number.POSITIVE_INFINITY),
    ratePerSecond: fc.constantFrom(2, 20, Number.POSITIVE_INFINITY),
    pollIntervalMs: fc.constantFrom(250, Number.POSITIVE_INFINITY),
  });
  const kinds = fc.array(limits, { minLength: 1, maxLength: 4 });
  const jobs = fc.array(fc.nat(3), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(kinds, jobs, fc.integer({ min: 1, max: 8 }), async (options, sent, concurrency) => {
      const tasks = options.map((one, index) => defineTask(`task_${index}`, {}, one));
      const running = tasks.map(() => 0);
      let worst = 0;
      const rig = createRig({
        tasks,
        handlers: tasks.map((task, index) =>
          handle(task, async () => {
            running[index] = (running[index] ?? 0) + 1;
            worst = Math.max(worst, (running[index] ?? 0) / (options[index]?.concurrency ?? 0));
            await new Promise<void>((resolve) => rig.clock.schedule(100, resolve));
            running[index] = (running[index] ?? 0) - 1;
          }),
        ),
      });
      for (const index of sent) {
        const task = tasks[index % tasks.length];
        if (task !== undefined) await rig.app.enqueue(task, {});
      }
      const { report } = rig.start({ concurrency, until: { type: "drained" } });
      await rig.clock.advance(60_000);
      expect(await report).toMatchObject({
        succeeded: sent.length,
        postponed: 0,
        released: 0,
        leasesLost: 0,
      });
      expect(worst).toBeLessThanOrEqual(1);
    }),
    { seed: 1, numRuns: 40 },
  );
});

describe("a rate for all workers together", () => {
  test("each takes its share; those of one that dies go to the others when it is forgotten", async () => {
    const shared = defineTask("shared", {}, { queue: "own", sharedRatePerSecond: 12 });
    const starts: string[] = [];
    const count = () => starts.splice(0).length;
    const handlersOf = (name: string) => [handle(shared, () => void starts.push(name))];
    const rig = createRig({ tasks: [shared], handlers: handlersOf("a") });
    const others = ["b", "c"].map((name) => rig.other({ tasks: [shared], handlers: handlersOf(name) }));
    await rig.app.enqueueMany(Array.from({ length: 3_000 }, () => [shared, {}] as const));
    const { worker } = rig.start({ waitMs: 1_000 });
    for (const other of others) void other.worker({ ownsProcess: false, waitMs: 1_000 }).run();
    await rig.clock.advance(20_000);
    count();
    await rig.clock.advance(10_000);
    const byWorker = ["a", "b", "c"].map((name) => starts.filter((by) => by === name).length);
    for (const own of byWorker) expect(Math.abs(own - 40)).toBeLessThanOrEqual(1);
    expect(count()).toBeLessThanOrEqual(123);
    void worker.stop();
    await rig.clock.advance(12_000);
    count();
    await rig.clock.advance(10_000);
    expect(Math.abs(count() - 120)).toBeLessThanOrEqual(3);
  });

  test("where workers cannot know of each other, it is refused at start by name", async () => {
    const shared = defineTask("shared", {}, { sharedRatePerSecond: 12 });
    const { coordination: _, ...broker } = memory({ clock: createVirtualClock() });
    const app = createApp({ tasks: [shared], handlers: [handle(shared, () => {})], broker });
    await expect(app.worker({ ownsProcess: false }).run()).rejects.toMatchObject({
      code: "unsupported",
      feature: "sharedRate",
    });
  });
});
