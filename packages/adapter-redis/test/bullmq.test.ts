import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import type { Worker as BullmqWorker, Job } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHECKED_VERSION } from "../src/scripts/layout.lua.ts";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "BullMQ $version on the same keys",
  ({ bullmq, major }) => {
    const { Queue, QueueEvents, Worker } = bullmq;
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    function connectionOf(world: RedisWorld) {
      const connection = { url: server.url, maxRetriesPerRequest: null };
      // Its workers of version 5 note no version, so that these tests show what works unseen.
      return { connection, prefix: world.prefix, skipMetasUpdate: major < 6 };
    }

    it("reads the jobs of every state with its Queue", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["dead", "leased"]);
      const [dead, leased] = await world.take(2);
      await world.consumer.settle([
        {
          delivery: dead!,
          action: "dead",
          reason: "fatal",
          error: { name: "Error", message: "no such user" },
        },
      ]);
      await world.send(["ready"], { priority: 3 });
      await world.send(["delayed"], { delayMs: 60_000 });

      expect(await queue.getJobCounts()).toMatchObject({ prioritized: 1, delayed: 1, active: 1, failed: 1 });
      expect((await queue.getFailed())[0]).toMatchObject({
        name: "tell",
        data: { name: "dead" },
        failedReason: "fatal: no such user",
        attemptsMade: 1,
      });
      expect(await queue.getJob(leased!.messageId)).toMatchObject({
        data: { name: "leased" },
        attemptsStarted: 1,
      });
      expect(await queue.getPrioritized()).toMatchObject([{ id: "ready", opts: { priority: 7 } }]);
      const [delayed] = await queue.getDelayed();
      expect(delayed).toMatchObject({ id: "~delayed", delay: 60_000 });
    });

    it("runs our jobs with its Worker, those without a priority first as in BullMQ, and tells its QueueEvents", async () => {
      await using world = await RedisWorld.open(server.url);
      await using events = disposable(new QueueEvents(QUEUE, { ...connectionOf(world), lastEventId: "0" }));
      const told: string[] = [];
      for (const event of ["added", "waiting", "active", "completed"] as const)
        events.on(event, () => told.push(event));
      await world.send(["low"]);
      await world.send(["high"], { priority: 9 });
      const ran: unknown[] = [];
      const run = async (job: Job) => ran.push(job.data);
      await using worker = disposable(new Worker(QUEUE, run, { ...connectionOf(world), autorun: false }));
      void worker.run();
      await expect.poll(() => told.filter((event) => event === "completed").length).toBe(2);
      expect(ran).toEqual([{ name: "low" }, { name: "high" }]);
      expect([...told].sort()).toEqual([
        "active",
        "active",
        "added",
        "added",
        "completed",
        "completed",
        "waiting",
        "waiting",
      ]);
    });

    it("sees our worker in its QueueEvents, and its finished jobs where they are kept", async () => {
      await using world = await RedisWorld.open(server.url, { keepFinished: 2 });
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await using events = disposable(new QueueEvents(QUEUE, { ...connectionOf(world), lastEventId: "0" }));
      const completed: string[] = [];
      events.on("completed", ({ jobId }) => completed.push(jobId));
      await world.send(["one", "two", "three"]);
      for (const delivery of await world.take(3)) await world.consumer.settle([{ delivery, action: "ack" }]);
      await expect.poll(() => completed).toEqual(["one", "two", "three"]);
      const kept = await queue.getCompleted();
      expect(kept.map(({ id }) => id).sort()).toEqual(["three", "two"]);
      for (const job of kept)
        expect(job).toMatchObject({ attemptsMade: 1, returnvalue: null, finishedOn: expect.any(Number) });
      expect(await world.client.keys(world.key("*:lock"))).toEqual([]);
    });

    it("shows the value, the progress and the log of a job that is kept", async () => {
      await using world = await RedisWorld.open(server.url, { keepFinished: 9 });
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await using events = disposable(new QueueEvents(QUEUE, { ...connectionOf(world), lastEventId: "0" }));
      const reported: unknown[] = [];
      events.on("progress", ({ data }) => reported.push(data));
      events.on("completed", ({ returnvalue }) => reported.push(returnvalue));
      await world.send(["job", "other"]);
      const [job, other] = await world.take(2);
      await world.consumer.note?.(job!, { progress: '{"done":3}' });
      await world.consumer.note?.(job!, { line: "first" });
      await world.consumer.note?.(job!, { line: "second" });
      await world.consumer.settle([
        { delivery: job!, action: "ack", value: '{"sum":7}' },
        { delivery: other!, action: "ack" },
      ]);
      await world.consumer.note?.(job!, { progress: "9", line: "too late" });
      const kept = await queue.getJob("job");
      expect(kept).toMatchObject({ returnvalue: { sum: 7 }, progress: { done: 3 } });
      expect((await queue.getJob("other"))?.returnvalue).toBeNull();
      expect((await queue.getJobLogs("job")).logs).toEqual(["first", "second"]);
      await expect.poll(() => reported).toEqual([{ done: 3 }, { sum: 7 }, null]);
    });

    it("has the values of its workers read by us", async () => {
      await using world = await RedisWorld.open(server.url, { keepFinished: 1 });
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await queue.add("tell", { name: "theirs" }, { jobId: "theirs" });
      await using worker = disposable(
        new Worker(QUEUE, async () => ({ sum: 7 }), { ...connectionOf(world), autorun: false }),
      );
      const completed = new Promise((resolve) => worker.on("completed", resolve));
      void worker.run();
      await completed;
      const { messages } = await world.queue.peek({ state: "succeeded", id: "theirs", limit: 1 });
      expect(messages).toMatchObject([
        { messageId: "theirs", succeeded: { value: '{"sum":7}', at: expect.any(Number) }, failureCount: 0 },
      ]);
    });

    it("gets its producer the value of a job that ours has run", async () => {
      await using world = await RedisWorld.open(server.url, { keepFinished: 9 });
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      // From the first event on: `ready` comes before the first read, and a read from "now" can miss what ends between.
      await using events = disposable(new QueueEvents(QUEUE, { ...connectionOf(world), lastEventId: "0" }));
      const job = await queue.add("tell", { name: "theirs" });
      const value = job.waitUntilFinished(events, 20_000);
      const [delivery] = await world.take(1);
      await world.consumer.settle([{ delivery: delivery!, action: "ack", value: '{"sum":7}' }]);
      expect(await value).toEqual({ sum: 7 });
    });

    it("has its own producer's jobs delivered by us in one line with ours", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["first"]);
      const theirs = await queue.add("tell", { name: "theirs" });
      await world.send(["last"]);
      await queue.add("tell", { name: "whenever" }, { priority: 10, jobId: "whenever" });
      await queue.add("tell", { name: "soon" }, { priority: 9, jobId: "soon" });
      await world.send(["urgent"], { priority: 9 });
      const taken = await world.take(6);
      expect(taken.map(({ messageId }) => messageId)).toEqual([
        "urgent",
        "soon",
        "first",
        theirs.id,
        "last",
        "whenever",
      ]);
      expect(taken[3]).toMatchObject({ body: '{"name":"theirs"}', deliveryCount: 1, failureCount: 0 });
    });

    it("counts what came in together with us", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["first", "second"]);
      await queue.add("tell", { name: "theirs" });
      const { entered } = await world.queue.stats();
      expect(entered).toEqual({ n: 3, exact: true });
      const { id } = await queue.add("tell", { name: "numbered by what came in" });
      expect(id).toBe("4");
    });

    it("pauses and resumes us, and we it", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["job"]);
      await queue.pause();
      expect(await world.take(1)).toEqual([]);
      expect(await world.queue.stats()).toMatchObject({ isPaused: true });
      await world.queue.resume();
      expect(await queue.isPaused()).toBe(false);
      expect(await world.take(1)).toMatchObject([{ messageId: "job" }]);
    });

    it("forgets by itself what it noted of a job that we have settled since", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["done", "again"]);
      const [done, again] = await world.take(2);
      // What its look for stalled jobs leaves behind while they are active.
      await world.client.sadd(world.key("stalled"), "done", "again");
      await world.consumer.settle([
        { delivery: done!, action: "ack" },
        { delivery: again!, action: "retry", delayMs: 60_000, failed: true },
      ]);
      await using worker = disposable(
        new Worker(QUEUE, async () => {}, { ...connectionOf(world), autorun: false, stalledInterval: 50 }),
      );
      const stalled: string[] = [];
      worker.on("stalled", (id) => stalled.push(id));
      await worker.startStalledCheckTimer();
      await expect.poll(() => world.client.exists(world.key("stalled"))).toBe(0);
      expect(stalled).toEqual([]);
      expect(await queue.getJobCounts()).toMatchObject({ waiting: 0, active: 0, delayed: 1, failed: 0 });
    });

    it("keeps the order within a priority over a pause", async () => {
      await using world = await RedisWorld.open(server.url);
      await world.queue.pause();
      await world.send(["first", "second"], { priority: 5 });
      expect(await world.take(1)).toEqual([]);
      await world.send(["a-third"], { priority: 5 });
      await world.queue.resume();
      const taken = await world.take(3);
      expect(taken.map(({ messageId }) => messageId)).toEqual(["first", "second", "a-third"]);
    });

    it("a job that its worker took after our lease had ended is its own, whatever became of its lock [F31]", async () => {
      await using world = await RedisWorld.open(server.url, { leaseMs: 50 });
      await world.send(["job"]);
      const [ours] = await world.take(1);
      await expect.poll(() => world.client.exists(world.key("job:lock"))).toBe(0);
      // Its own look for stalled jobs puts it back in line.
      await world.client.sadd(world.key("stalled"), "job");
      let finish = () => {};
      const started = new Promise<void>((resolve) => {
        const run = () => {
          resolve();
          return new Promise<void>((done) => {
            finish = done;
          });
        };
        const options = {
          ...connectionOf(world),
          autorun: false,
          stalledInterval: 30_000,
          maxStalledCount: 9,
        };
        theirs = disposable(new Worker(QUEUE, run, options));
      });
      await using worker = theirs!;
      void worker.run();
      await started;
      expect(await world.client.hget(world.key("job"), "ats")).toBe("2");
      await world.client.rename(world.key("job:lock"), world.key("kept-lock"));
      const late = [{ delivery: ours!, action: "ack" }] as const;
      expect(await world.consumer.settle(late)).toEqual([{ status: "lost" }]);
      expect(await world.consumer.extend([ours!], 1_000)).toEqual([{ status: "lost" }]);
      expect(await world.client.lrange(world.key("active"), 0, -1)).toEqual(["job"]);
      await world.client.rename(world.key("kept-lock"), world.key("job:lock"));
      finish();
      await expect.poll(() => world.client.llen(world.key("active"))).toBe(0);
    });

    it("retries our dead letters by its own button", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["job"]);
      const [delivery] = await world.take(1);
      await world.consumer.settle([{ delivery: delivery!, action: "dead", reason: "exhausted" }]);
      await (await queue.getJob("job"))?.retry();
      expect(await world.take(1)).toMatchObject([{ messageId: "job", body: '{"name":"job"}' }]);
    });

    it("retries our jobs as often as their task says, and we count on where it stopped", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["job"], { maxAttempts: 3 });
      await world.send(["urgent"], { maxAttempts: 2, priority: 9, delayMs: 60_000 });
      expect(await queue.getJob("job")).toMatchObject({ opts: { attempts: 3 } });
      expect(await queue.getJob("urgent")).toMatchObject({ opts: { attempts: 2, priority: 1 } });
      await using worker = disposable(new Worker(QUEUE, null, { ...connectionOf(world), autorun: false }));
      for (const token of ["first", "second"]) {
        const job = await worker.getNextJob(token);
        await job?.moveToFailed(new Error("not today"), token);
      }
      expect(await world.take(1)).toMatchObject([{ messageId: "job", failureCount: 2, deliveryCount: 3 }]);
      const again = await queue.getJob("job");
      expect(again).toMatchObject({ attemptsMade: 2, attemptsStarted: 3 });
    });

    it("holds our workers to its limit of a queue's concurrency", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await queue.setGlobalConcurrency(2);
      await world.send(["a", "b", "c"]);
      expect(await world.take(3)).toHaveLength(2);
      expect(await world.take(3)).toEqual([]);
    });

    it("holds our workers to its limit of starts in a time", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await queue.setGlobalRateLimit(2, 60_000);
      await world.send(["a", "b", "c", "d", "e"]);
      expect(await world.take(5)).toHaveLength(2);
      expect(await world.take(5)).toEqual([]);
      const waiting = world.take(5, 20_000);
      // Its time is over.
      await world.client.pexpire(world.key("limiter"), 1);
      expect(await waiting).toHaveLength(2);
      await queue.removeGlobalRateLimit();
      await queue.removeRateLimitKey();
      expect(await world.take(5)).toHaveLength(1);
    });

    it("holds our workers while its rateLimit lasts", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["job"]);
      await queue.rateLimit(60_000);
      expect(await world.take(1)).toEqual([]);
      const waiting = world.take(1, 20_000);
      await queue.removeRateLimitKey();
      await world.send(["another"]);
      expect(await waiting).toMatchObject([{ messageId: "job" }]);
    });

    it("counts our starts in its limit, and its own in ours", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await queue.setGlobalRateLimit(2, 60_000);
      await world.send(["a", "b", "c"]);
      await using worker = disposable(new Worker(QUEUE, null, { ...connectionOf(world), autorun: false }));
      expect((await worker.getNextJob("token"))?.id).toBe("a");
      expect(await world.take(5)).toHaveLength(1);
      expect(await worker.getNextJob("token", { block: false })).toBeUndefined();
    });

    it("lists our workers and the version of the layout", async () => {
      await using world = await RedisWorld.open(server.url);
      await world.send(["job"]);
      expect(await world.client.hget(world.key("meta"), "version")).toBe(`bullmq:${CHECKED_VERSION}`);
      const consumer = await world.broker.openConsumer(QUEUE, { leaseMs: 1_000, holder: "host 1:42" });
      const waiting = consumer.receive({ max: 1, waitMs: 20_000, signal: new AbortController().signal });
      await waiting;
      const ended = new AbortController();
      const idle = consumer.receive({ max: 1, waitMs: 20_000, signal: ended.signal });
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await expect
        .poll(async () => (await queue.getWorkers()).map(({ rawname }) => rawname))
        .toEqual([expect.stringContaining("host%201%3A42")]);
      ended.abort();
      await idle;
    });

    it("shows the name of the worker that runs a job of ours, and none for one without a name", async () => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      await world.send(["unnamed", "named"]);
      await world.take(1);
      const consumer = await world.broker.openConsumer(QUEUE, { leaseMs: 30_000, holder: "host 1:42" });
      await consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal });
      expect((await queue.getJob("named"))?.processedBy).toBe("host 1:42");
      expect((await queue.getJob("unnamed"))?.processedBy).toBeUndefined();
    });

    it.each([
      ["flow", { parent: { id: "parent", queue: "bull:other" } }],
      ["deduplication", { deduplication: { id: "one" } }],
    ])("has its jobs of a %s left to its own scripts, while ours run the others", async (_, opts) => {
      await using world = await RedisWorld.open(server.url);
      await using queue = disposable(new Queue(QUEUE, connectionOf(world)));
      if ("parent" in opts) await world.client.hset("bull:other:parent", "name", "parent");
      await queue.add("tell", { name: "theirs" }, { jobId: "theirs", ...opts });
      await world.send(["ours"]);
      expect(await world.take(5)).toMatchObject([{ messageId: "ours" }]);
      await expect(world.take(5)).rejects.toThrow(
        /job theirs belongs to a flow, a job scheduler or a deduplication/,
      );
      const theirs = await queue.getJob("theirs");
      expect(await theirs?.getState()).toBe("waiting");
      expect(theirs).toMatchObject({ attemptsStarted: 0, stalledCounter: 0 });
    });
  },
);

let theirs: (BullmqWorker & AsyncDisposable) | undefined;

function disposable<T extends { close(): Promise<unknown> }>(resource: T): T & AsyncDisposable {
  return Object.assign(resource, { [Symbol.asyncDispose]: async () => void (await resource.close()) });
}
