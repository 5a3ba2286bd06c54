import { describe, expect, test } from "vitest";
import { BrokerUnavailableError, defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const onA = defineTask("on_a", {}, { queue: "a" });
const onB = defineTask("on_b", {}, { queue: "b" });
const work = defineTask("work", {});

function many<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item);
}

describe("fetching", () => {
  test.each([1, 7, 10])(
    "concurrency %i: as many jobs at once as there are slots, never more [E2 P10]",
    async (concurrency) => {
      let running = 0;
      let most = 0;
      const rig = createRig({
        tasks: [work],
        handlers: [
          handle(work, async () => {
            most = Math.max(most, ++running);
            await new Promise<void>((resolve) => rig.clock.schedule(1_000, resolve));
            running--;
          }),
        ],
      });
      await rig.app.enqueueMany(many(30, [work, {}] as const));
      const { report } = rig.start({ concurrency, until: { type: "drained" } });
      await rig.clock.advance(40_000);
      expect(await report).toMatchObject({ succeeded: 30 });
      expect(most).toBe(concurrency);
    },
  );

  test("a queue that no task uses is warned of, with a similar name [T8]", async () => {
    const rig = createRig({ tasks: [onA, onB], handlers: [handle(onA, () => {}), handle(onB, () => {})] });
    const { report } = rig.start({ queues: ["a", "nope"], until: { type: "drained" } });
    await rig.clock.advance(10_000);
    await report;
    const warnings = rig.logs.filter(({ level }) => level === "warn");
    expect(warnings).toEqual([
      {
        level: "warn",
        message: 'no task uses the queue "nope".',
        fields: { queue: "nope", hint: "Queues in use: a, b." },
      },
    ]);
  });

  test("never more is asked for than there are free slots [W31]", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => new Promise(() => {}))] });
    await rig.app.enqueueMany(many(30, [work, {}] as const));
    rig.start({ concurrency: 4 });
    await rig.clock.advance(1_000);
    expect(await (await rig.app.queue("default")).stats()).toMatchObject({
      leased: { n: 4 },
      ready: { n: 26 },
    });
  });

  test("a few receives are under way while they come back full, never for more than is free; idle it is one [W31]", async () => {
    const rig = createRig({
      tasks: [work],
      handlers: [handle(work, () => new Promise((resolve) => rig.clock.schedule(60_000, () => resolve(1))))],
      capabilities: { maxReceive: 10 },
    });
    let open = 0;
    let most = 0;
    rig.faults.receive = () => {
      most = Math.max(most, ++open);
      return undefined;
    };
    rig.faults.answer = async () => {
      await new Promise<void>((resolve) => rig.clock.schedule(5, resolve));
      open--;
    };
    await rig.app.enqueueMany(many(100, [work, {}] as const));
    rig.start({ concurrency: 45 });
    await rig.clock.advance(1_000);
    expect(most).toBe(3);
    const queue = await rig.app.queue("default");
    expect(await queue.stats()).toMatchObject({ leased: { n: 45 }, ready: { n: 55 } });
    await rig.clock.advance(200_000);
    expect(await queue.stats()).toMatchObject({ leased: { n: 0 }, ready: { n: 0 } });
    expect(open).toBe(1);
  });

  test.each([
    [50, 2, 50],
    [101, 1, 100],
  ])(
    "a second receive is worth it from %i messages on: a busy queue has %i under way, for %i jobs each [W31]",
    async (sharedReceive, receives, jobs) => {
      const rig = createRig({
        tasks: [work],
        handlers: [handle(work, () => {})],
      });
      rig.faults.sharedReceive = sharedReceive;
      let open = 0;
      let most = 0;
      const received: number[] = [];
      rig.faults.receive = () => {
        most = Math.max(most, ++open);
        return undefined;
      };
      rig.faults.answer = async () => {
        await new Promise<void>((resolve) => rig.clock.schedule(5, resolve));
        open--;
      };
      rig.faults.received = (deliveries) => {
        received.push(deliveries.length);
        return deliveries;
      };
      await rig.app.enqueueMany(many(600, [work, {}] as const));
      const { report } = rig.start({ concurrency: 100, until: { type: "settled", jobs: 600 } });
      await rig.clock.advance(10_000);
      expect(await report).toMatchObject({ succeeded: 600 });
      expect(most).toBe(receives);
      expect(received.slice(0, 4)).toEqual([100, jobs, jobs, jobs]);
    },
  );

  test("busy queues share by weight: three of a for one of b [W32]", async () => {
    const order: string[] = [];
    const rig = createRig({
      tasks: [onA, onB],
      handlers: [handle([onA, onB] as const, (_, ctx) => void order.push(ctx.queue))],
    });
    await rig.app.enqueueMany([...many(90, [onA, {}] as const), ...many(90, [onB, {}] as const)]);
    rig.start({ queues: ["a:3", "b"], concurrency: 1 });
    await rig.clock.advance(1_000);
    expect(order).toHaveLength(180);
    const ofA = order.slice(0, 80).filter((queue) => queue === "a").length;
    expect(ofA).toBeGreaterThanOrEqual(58);
    expect(ofA).toBeLessThanOrEqual(62);
  });

  test("strict order serves the first queue as long as it has work [W32]", async () => {
    const order: string[] = [];
    const rig = createRig({
      tasks: [onA, onB],
      handlers: [handle([onA, onB] as const, (_, ctx) => void order.push(ctx.queue))],
    });
    await rig.app.enqueueMany([...many(20, [onB, {}] as const), ...many(20, [onA, {}] as const)]);
    rig.start({ queues: ["a", "b"], concurrency: 2, isStrictOrder: true });
    await rig.clock.advance(1_000);
    expect(order).toEqual([...many(20, "a"), ...many(20, "b")]);
  });

  test("an idle queue does not slow a busy one: all slots go to the work there is", async () => {
    let most = 0;
    let running = 0;
    const rig = createRig({
      tasks: [onA, onB],
      handlers: [
        handle([onA, onB] as const, async () => {
          most = Math.max(most, ++running);
          await new Promise<void>((resolve) => rig.clock.schedule(1_000, resolve));
          running--;
        }),
      ],
    });
    const { report } = rig.start({
      queues: ["a", "b"],
      concurrency: 10,
      until: { type: "settled", jobs: 100 },
    });
    await rig.clock.advance(5_000);
    await rig.app.enqueueMany(many(100, [onA, {}] as const));
    await rig.clock.advance(10_500);
    expect(most).toBe(10);
    expect(await report).toMatchObject({ succeeded: 100, cause: "max_jobs" });
  });

  test("a quiet queue is still looked at while another is busy: at most a second and a slot away", async () => {
    const startedAt: Record<string, number> = {};
    const rig = createRig({
      tasks: [onA, onB],
      handlers: [
        handle([onA, onB] as const, async (_, ctx) => {
          startedAt[ctx.queue] = rig.clock.monotonic();
          await new Promise<void>((resolve) => rig.clock.schedule(100, resolve));
        }),
      ],
    });
    await rig.app.enqueueMany(many(1_000, [onA, {}] as const));
    rig.start({ queues: ["a", "b"], concurrency: 2 });
    await rig.clock.advance(10_000);
    await rig.app.enqueue(onB, {});
    await rig.clock.advance(1_200);
    expect(startedAt.b).toBeLessThanOrEqual(11_200);
  });

  test("a broker that refuses: pauses grow to 5 s, one log line a change of state, ready is false, then work resumes [C25 F24]", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    let refusals = 0;
    rig.faults.receive = () => {
      refusals++;
      return new Error("LOADING");
    };
    const { worker } = rig.start();
    await rig.clock.advance(60_000);
    expect(worker.isReady).toBe(false);
    expect(refusals).toBeLessThan(40);
    const lines = rig.logs.filter(({ level }) => level === "error");
    expect(lines).toHaveLength(1);
    await rig.app.enqueue(work, {});
    rig.faults.receive = () => undefined;
    await rig.clock.advance(5_000);
    expect(worker.isReady).toBe(true);
    expect(rig.trace()).toContain("job.succeeded");
    expect(rig.events.map(({ type }) => type).filter((type) => type.startsWith("broker."))).toEqual([
      "broker.lost",
      "broker.back",
    ]);
  });

  test("after an outage a worker is ready at the next try, and not only when a long wait for jobs has ended", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    rig.faults.receive = () => new Error("LOADING");
    const { worker } = rig.start({ waitMs: 20_000 });
    await rig.clock.advance(1_000);
    expect(worker.isReady).toBe(false);
    rig.faults.receive = () => undefined;
    await rig.clock.advance(5_000);
    expect(worker.isReady).toBe(true);
  });

  test("a broker absent at start is tried until the start timeout, then the start fails as unavailable [P8]", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    let tries = 0;
    rig.faults.open = () => {
      tries++;
      return new BrokerUnavailableError({ broker: "memory" }, "refused");
    };
    const { report } = rig.start({ startTimeoutMs: 30_000 });
    await rig.clock.advance(31_000);
    await expect(report).rejects.toMatchObject({ code: "broker_unavailable" });
    expect(tries).toBeGreaterThan(3);
  });

  test("a broker that never answers bounds the start by the start timeout, and not by the time of one try", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    rig.faults.open = () => new Promise(() => {});
    const { report } = rig.start({ startTimeoutMs: 2_000 });
    const failed = expect(report).rejects.toThrow("no answer within 2000 ms");
    await rig.clock.advance(2_000);
    await failed;
  });

  test("a missing queue or wrong credentials are not waited for", async () => {
    const rig = createRig({
      tasks: [work],
      handlers: [handle(work, () => {})],
      capabilities: { deadLetter: false },
    });
    await expect(rig.start().report).rejects.toMatchObject({ code: "invalid_config" });
  });

  test("fewer deliveries than attempts are refused at start", async () => {
    const rig = createRig({
      tasks: [work],
      handlers: [handle(work, () => {})],
      capabilities: { maxDeliveries: 3 },
    });
    await expect(rig.start().report).rejects.toMatchObject({ code: "invalid_config" });
  });
});

describe("ending by itself", () => {
  test("drained waits for delayed jobs and retries too [E13 P4]", async () => {
    let fails = 2;
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, () => {
          if (fails-- > 0) throw new Error("again");
        }),
      ],
    });
    await rig.app.enqueue(work, {}, { delayMs: 60_000 });
    const { report, worker } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(59_000);
    expect(worker.state).toBe("running");
    await rig.clock.advance(60_000);
    expect(await report).toMatchObject({ cause: "drained", succeeded: 1, retried: 2 });
  });

  test("drained waits for jobs that another worker holds", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    await rig.app.enqueue(work, {});
    const consumer = await rig.broker.openConsumer("default", { leaseMs: 5_000 });
    await consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
    const { report, worker } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(4_900);
    expect(worker.state).toBe("running");
    await rig.clock.advance(2_000);
    expect(await report).toMatchObject({ cause: "drained", succeeded: 1 });
  });

  test("once takes one receive's worth", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    await rig.app.enqueueMany(many(10, [work, {}] as const));
    const { report } = rig.start({ until: { type: "once" }, concurrency: 4 });
    await rig.clock.advance(100);
    expect(await report).toMatchObject({ cause: "once", succeeded: 4 });
  });

  test("idle ends after so long without work", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    await rig.app.enqueue(work, {});
    await rig.app.enqueue(work, {}, { delayMs: 8_000 });
    const { report, worker } = rig.start({ until: { type: "idle", forMs: 10_000 } });
    await rig.clock.advance(17_000);
    expect(worker.state).toBe("running");
    await rig.clock.advance(2_000);
    expect(await report).toMatchObject({ cause: "idle", succeeded: 2 });
  });

  test("idle ends on several quiet queues too, although they are looked at again and again", async () => {
    const rig = createRig({
      tasks: [onA, onB, work],
      handlers: [handle(onA, () => {}), handle(onB, () => {}), handle(work, () => {})],
    });
    await rig.app.enqueue(onA, {});
    await rig.app.enqueue(onB, {}, { delayMs: 8_000 });
    const { report, worker } = rig.start({ until: { type: "idle", forMs: 10_000 }, concurrency: 2 });
    await rig.clock.advance(17_000);
    expect(worker.state).toBe("running");
    await rig.clock.advance(3_000);
    expect(await report).toMatchObject({ cause: "idle", succeeded: 2 });
  });

  test("idle does not end while the broker is away", async () => {
    const rig = createRig({ tasks: [onA, onB], handlers: [handle(onA, () => {}), handle(onB, () => {})] });
    const { worker, report } = rig.start({ until: { type: "idle", forMs: 10_000 } });
    await rig.clock.advance(5_000);
    rig.faults.receive = () => new BrokerUnavailableError({ broker: "memory" }, "it is away.");
    await rig.clock.advance(120_000);
    expect(worker.state).toBe("running");
    delete rig.faults.receive;
    await rig.clock.advance(60_000);
    expect(await report).toMatchObject({ cause: "idle" });
  });

  test("settled: the last job that may be taken is not kept for a queue that is idle [W32]", async () => {
    const rig = createRig({
      tasks: [onA, onB],
      handlers: [
        handle(onA, async (_, ctx) => {
          // Sent while the worker waits for more on its own queue only.
          await new Promise<void>((resolve) => rig.clock.schedule(1_000, resolve));
          await ctx.enqueue(onB, {});
        }),
        handle(onB, () => {}),
      ],
    });
    await rig.app.enqueue(onA, {});
    const { report } = rig.start({ until: { type: "settled", jobs: 2 } });
    await rig.clock.advance(3_000);
    expect(rig.trace().at(-1)).toBe("job.succeeded");
    expect(await report).toMatchObject({ succeeded: 2, cause: "max_jobs" });
  });

  test("settled takes exactly so many jobs", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    await rig.app.enqueueMany(many(20, [work, {}] as const));
    const { report } = rig.start({ until: { type: "settled", jobs: 7 }, concurrency: 5 });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ cause: "max_jobs", succeeded: 7, released: 0 });
    expect(await (await rig.app.queue("default")).stats()).toMatchObject({ ready: { n: 13 } });
  });
});
