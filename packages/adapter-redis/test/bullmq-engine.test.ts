import type { Settlement } from "@jobs/core/broker";
import { startStopwatch } from "@jobs/core/testing";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import type { Job } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRedisBroker } from "../src/create-broker.ts";
import { redis } from "../src/index.ts";
import { ALL_BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const SWEEP_MS = 50;

const isRedisHere = await hasRedis();

describe.runIf(isRedisHere).each(ALL_BULLMQ_VERSIONS)(
  'engine "bullmq" of $version',
  ({ bullmq, load, major, version }) => {
    const { FlowProducer, Queue, Worker } = bullmq;
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    const open = (options: Parameters<typeof RedisWorld.open>[1] = {}) =>
      RedisWorld.open(server.url, { engine: "bullmq", sweepMs: SWEEP_MS, load, ...options });

    function connectionOf(world: RedisWorld) {
      return { connection: { url: server.url, maxRetriesPerRequest: null }, prefix: world.prefix };
    }

    async function settleAll(world: RedisWorld, action: "ack" | "release"): Promise<void> {
      const settlements = (await world.take(10)).map((delivery): Settlement => ({ delivery, action }));
      const results = await world.consumer.settle(settlements);
      expect(results).toEqual(settlements.map(() => ({ status: "settled" })));
    }

    it("notes its version in the settings of the queue", async () => {
      await using world = await open();
      await world.send(["job"]);
      await expect.poll(() => world.client.hget(world.key("meta"), "version")).toBe(`bullmq:${version}`);
    });

    it("delivers what came before and during a pause of BullMQ, in this order", async () => {
      await using world = await open();
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await queue.add("tell", { name: "before" }, { jobId: "before" });
      await queue.pause();
      await world.send(["during"]);
      expect(await world.take()).toEqual([]);
      const { isPaused, ready } = await world.queue.stats();
      expect([isPaused, ready.n]).toEqual([true, 2]);
      const { messages } = await world.queue.peek({ state: "ready", limit: 5 });
      expect(messages.map(({ messageId }) => messageId).sort()).toEqual(["before", "during"]);
      await world.queue.resume();
      expect(await queue.isPaused()).toBe(false);
      expect((await world.take()).map(({ messageId }) => messageId)).toEqual(["before", "during"]);
    });

    it("runs 9 before 0, inside one priority in the order of sending, released ones first (clauses P2, P3 and P5)", async () => {
      await using world = await open();
      await world.send(["low-1", "low-2"]);
      await world.send(["middle-1", "middle-2"], { priority: 4 });
      await world.send(["urgent"], { priority: 9 });
      const [urgent, middle] = await world.take(2);
      await world.consumer.settle([
        { delivery: urgent!, action: "release" },
        { delivery: middle!, action: "release" },
      ]);
      const order = (await world.take(5)).map(({ messageId }) => messageId);
      expect(order).toEqual(["urgent", "middle-1", "middle-2", "low-1", "low-2"]);
    });

    it.runIf(major === 6)(
      "works on one queue with our own scripts, and failures on either side count on both",
      async () => {
        await using theirs = await open();
        const ours = redis({
          url: server.url,
          prefix: theirs.prefix,
          sweepMs: SWEEP_MS,
          onWarning: () => {},
        });
        const [queue, consumer] = [
          await ours.openQueue(QUEUE),
          await ours.openConsumer(QUEUE, { leaseMs: 30_000 }),
        ];
        const ourTake = async () =>
          (await consumer.receive({ max: 1, waitMs: 0, signal: AbortSignal.any([]) }))[0]!;
        const body = ' { "text": "ünicode \\u0000", "n": 1.0 }';
        await queue.send([{ id: "job", label: "tell", body }]);
        const retry = { action: "retry", delayMs: 0, failed: true } as const;
        const [first] = await theirs.take(1);
        expect(first).toMatchObject({ body, deliveryCount: 1, failureCount: 0 });
        await theirs.consumer.settle([{ delivery: first!, ...retry }]);
        const second = await ourTake();
        expect(second).toMatchObject({ body, deliveryCount: 2, failureCount: 1, crashCount: 0 });
        await consumer.settle([{ delivery: second, ...retry }]);
        const [third] = await theirs.take(1);
        expect(third).toMatchObject({ body, deliveryCount: 3, failureCount: 2 });
        await theirs.consumer.settle([{ delivery: third!, action: "dead", reason: "exhausted" }]);
        for (const looked of [queue, theirs.queue]) {
          const { messages } = await looked.peek({ state: "dead", limit: 5 });
          expect(messages).toMatchObject([{ messageId: "job", body, failureCount: 3, deliveryCount: 3 }]);
        }
        expect(await theirs.queue.redrive({ limit: 1 })).toEqual({ moved: 1 });
        const again = await ourTake();
        expect(again).toMatchObject({ deliveryCount: 1, failureCount: 0, crashCount: 0 });
        await consumer.settle([{ delivery: again, action: "release" }]);
        await settleAll(theirs, "ack");
        await ours.close();
      },
    );

    it("has its jobs run by a worker of BullMQ", async () => {
      await using world = await open();
      await world.send(["one", "two"]);
      const ran: string[] = [];
      const run = async (job: Job) => void ran.push(job.data.name);
      await using worker = disposable(new Worker(QUEUE, run, { ...connectionOf(world), autorun: false }));
      void worker.run();
      await expect.poll(() => ran).toEqual(["one", "two"]);
    });

    it("keeps finished jobs as their producer of BullMQ has asked, and values and notes as we are asked", async () => {
      await using world = await open({ keepFinished: 5 });
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await queue.add("tell", { name: "gone" }, { jobId: "gone", removeOnComplete: true });
      await world.send(["kept"]);
      const taken = await world.take(2);
      const kept = taken.find(({ messageId }) => messageId === "kept")!;
      await world.consumer.note?.(kept, { progress: '{"done":1}', line: "half of it" });
      await world.consumer.settle(taken.map((delivery) => ({ delivery, action: "ack", value: '{"sum":7}' })));
      expect(await queue.getJob("gone")).toBeUndefined();
      expect(await queue.getJob("kept")).toMatchObject({ returnvalue: { sum: 7 }, progress: { done: 1 } });
      expect((await queue.getJobLogs("kept")).logs).toEqual(["half of it"]);
    });

    it("continues the parent of a flow of BullMQ, and schedules the next run of its job scheduler", async () => {
      await using world = await open();
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await using flows = disposable(new FlowProducer(connectionOf(world)));
      const children = [{ name: "child", queueName: QUEUE, data: { name: "child" } }];
      await flows.add({ name: "parent", queueName: QUEUE, data: { name: "parent" }, children });
      const [child] = await world.take(5);
      expect(child?.body).toBe('{"name":"child"}');
      await world.consumer.settle([{ delivery: child!, action: "ack", value: '"done"' }]);
      const [parent] = await world.take(5);
      expect(parent?.body).toBe('{"name":"parent"}');
      await world.consumer.settle([{ delivery: parent!, action: "ack" }]);

      await queue.upsertJobScheduler(
        "hourly",
        { every: 3_600_000 },
        { name: "tick", data: { name: "tick" } },
      );
      const [tick] = await world.take(5);
      expect(tick?.body).toBe('{"name":"tick"}');
      expect(await queue.getJobCounts("delayed")).toEqual({ delayed: 1 });
      await world.consumer.settle([{ delivery: tick!, action: "ack" }]);
      const [next] = await queue.getDelayed();
      await expect(world.queue.remove([next!.id!])).rejects.toMatchObject({ code: "invalid_config" });
    });

    it("delivers a job whose options are no JSON, instead of leasing it for ever [F50]", async () => {
      await using world = await open();
      await world.send(["broken", "good"]);
      await world.client.hset(world.key("broken"), "opts", "{", "stc", "many");
      const taken = await world.take(5);
      expect(taken.map(({ messageId }) => messageId)).toEqual(["broken", "good"]);
      expect(taken[0]).toMatchObject({ body: '{"name":"broken"}', deliveryCount: 1, crashCount: 0 });
      const reason = "undecodable" as const;
      expect(
        await world.consumer.settle(taken.map((delivery) => ({ delivery, action: "dead", reason }))),
      ).toEqual([{ status: "settled" }, { status: "settled" }]);
    });

    it("shows BullMQ who runs a job", async () => {
      await using world = await open();
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["job"]);
      const consumer = await world.broker.openConsumer(QUEUE, { leaseMs: 1_000, holder: "host:1:a" });
      await consumer.receive({ max: 1, waitMs: 0, signal: AbortSignal.any([]) });
      expect((await queue.getJob("job"))?.processedBy).toBe("host:1:a");
    });

    it("puts a dead letter back behind what has a higher priority (clause P3)", async () => {
      await using world = await open();
      await world.send(["low"]);
      await world.consumer.settle([
        { delivery: (await world.take(1))[0]!, action: "dead", reason: "exhausted" },
      ]);
      await world.send(["urgent"], { priority: 9 });
      expect(await world.queue.redrive({ limit: 1 })).toEqual({ moved: 1 });
      expect((await world.take()).map(({ messageId }) => messageId)).toEqual(["urgent", "low"]);
    });

    it("wakes a receive that waits for a released job with a priority", async () => {
      await using world = await open({ sweepMs: 5_000 });
      await world.send(["job"]);
      const [job] = await world.take(1);
      const other = await world.broker.openConsumer(QUEUE, { leaseMs: 30_000 });
      const waiting = other.receive({ max: 1, waitMs: 4_000, signal: AbortSignal.any([]) });
      await expect.poll(() => world.client.exists(world.key("marker"))).toBe(0);
      const sinceReleaseMs = startStopwatch();
      await world.consumer.settle([{ delivery: job!, action: "release" }]);
      expect(await waiting).toMatchObject([{ messageId: "job", deliveryCount: 2 }]);
      expect(sinceReleaseMs()).toBeLessThan(2_000);
    });

    it.each([
      ["of Celery's producers", { celeryQueues: { mail: "celery" } }],
      ["from a list", { intakeLists: { mail: "mail-jobs" } }],
    ])("refuses a queue that takes messages %s", async (from, lists) => {
      const options = { url: server.url, engine: "bullmq", ...lists, onWarning: () => {} } as const;
      const broker = createRedisBroker(options, load);
      await expect(broker.openConsumer("mail", { leaseMs: 1_000 })).rejects.toThrow(from);
      await broker.close();
    });
  },
);

function disposable<T extends { close(): Promise<unknown> }>(resource: T): T & AsyncDisposable {
  return Object.assign(resource, { [Symbol.asyncDispose]: async () => void (await resource.close()) });
}
