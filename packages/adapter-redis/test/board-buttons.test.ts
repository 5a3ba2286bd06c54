import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createAdder } from "./adder.ts";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { OpenBullBoard } from "./open-board.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const ENGINES = ["jobs", "bullmq"] as const;

/** Its button cleans what is older than 5 s. */
const CLEANED_AFTER_MS = 10_000;

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS.filter(({ major }) => major === 6))(
  "Bull Board's buttons on our jobs, by BullMQ $version",
  ({ bullmq, load, version }) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());
    afterEach(() => void vi.useRealTimers());

    const { enqueue, drain } = createAdder(load);
    const fail = () => Promise.reject(new Error("no such user"));

    it("show value, progress, log lines, attempts and error", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await enqueue(world, "done", "dead");
      await drain(world, {}, ({ a, b }, ctx) => {
        if (ctx.id === "dead") return fail();
        ctx.log.info("adding");
        ctx.progress({ done: 1 });
        return { sum: a + b };
      });
      await using board = new OpenBullBoard(world, { bullmq });
      const done = await board.show("done");
      expect(done).toMatchObject({
        status: "completed",
        job: { returnValue: { sum: 7 }, progress: { done: 1 }, attempts: 1, opts: { attempts: 2 } },
      });
      expect(done.job).toMatchObject({ name: "add", data: { a: 3, b: 4 } });
      expect(await board.logs("done")).toEqual([expect.stringMatching(/info adding$/)]);
      expect(await board.show("dead")).toMatchObject({
        status: "failed",
        job: { attempts: 2, opts: { attempts: 2 }, failedReason: "exhausted: no such user", isFailed: true },
      });
    });

    it.each(ENGINES)("show reason and stack of an error, by engine %s", async (engine) => {
      await using world = await RedisWorld.open(server.url, { load });
      await enqueue(world, "job");
      await drain(world, { engine }, fail);
      await using board = new OpenBullBoard(world, { bullmq });
      expect(await board.show("job")).toMatchObject({
        status: "failed",
        job: { stacktrace: [expect.stringMatching(/^exhausted: Error: no such user\n +at /)] },
      });
    });

    it("retry runs a dead letter once more", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await enqueue(world, "job");
      expect(await drain(world, {}, fail)).toHaveLength(2);
      await using board = new OpenBullBoard(world, { bullmq });
      await board.pressJob("retry", "job");
      expect(await drain(world)).toEqual([{ a: 3, b: 4 }]);
      expect(await board.show("job")).toMatchObject({ status: "completed", job: { returnValue: 7 } });
    });

    it.each(ENGINES)("retry runs a job that had killed its workers, by engine %s", async (engine) => {
      await using world = await RedisWorld.open(server.url, { load });
      await enqueue(world, "job");
      await world.client.hset(world.key("job"), "stc", "99");
      expect(await drain(world, { engine })).toEqual([]);
      await using board = new OpenBullBoard(world, { bullmq });
      expect(await board.show("job")).toMatchObject({
        job: { failedReason: expect.stringMatching(/^crash_loop/) },
      });
      await board.pressJob("retry", "job");
      expect(await drain(world, { engine })).toEqual([{ a: 3, b: 4 }]);
    });

    it("retry, and a worker of BullMQ that fails it again, show us the newer error", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await world.send(["job"]);
      const [delivery] = await world.take(1);
      const error = { name: "Error", message: "the first" };
      await world.consumer.settle([{ delivery: delivery!, action: "dead", reason: "fatal", error }]);
      await using board = new OpenBullBoard(world, { bullmq });
      await board.pressJob("retry", "job");
      await board.failByWorker("job", "the second");
      expect((await world.queue.peek({ state: "dead", limit: 1 })).messages).toMatchObject([
        { dead: { reason: "exhausted", error: { message: "the second" } }, failureCount: 2 },
      ]);
    });

    it("retry of all failed ones puts all back in line", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await world.send(["one", "two"]);
      await world.send(["urgent"], { priority: 9 });
      for (const delivery of await world.take(3))
        await world.consumer.settle([{ delivery, action: "dead", reason: "exhausted" }]);
      await using board = new OpenBullBoard(world, { bullmq });
      expect(await board.pressAll("retry", "failed")).toEqual({ retried: 3, skipped: 0 });
      expect(await world.queue.stats()).toMatchObject({ ready: { n: 3 }, dead: { n: 0 } });
      const taken = (await world.take(3)).map(({ messageId }) => messageId);
      expect([...taken].sort()).toEqual(["one", "two", "urgent"]);
      // The script of BullMQ 6.0 forgets the priority.
      if (!version.startsWith("6.0.")) expect(taken[0]).toBe("urgent");
    });

    it("retry of a completed one runs it again", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await enqueue(world, "job");
      await drain(world);
      await using board = new OpenBullBoard(world, { bullmq });
      await board.pressJob("retry", "job");
      expect(await drain(world)).toHaveLength(1);
    });

    it("promote makes a delayed job ready, and promote all all of them", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await world.send(["one", "two", "three"], { delayMs: 60_000 });
      await using board = new OpenBullBoard(world, { bullmq });
      const before = Date.now();
      await board.pressJob("promote", "one");
      const { messages } = await world.queue.peek({ state: "ready", limit: 9 });
      expect(messages).toMatchObject([{ messageId: "one" }]);
      expect(messages[0]?.dueAt).toBeLessThan(before + 50_000);
      expect(await world.take(9)).toMatchObject([{ messageId: "one" }]);
      await board.press("promote");
      expect((await world.take(9)).map(({ messageId }) => messageId).sort()).toEqual(["three", "two"]);
    });

    it("clean removes what is older than 5 s, of each state", async () => {
      await using world = await RedisWorld.open(server.url, { load, keepFinished: 9 });
      await world.send(["done", "dead", "ready"]);
      await world.send(["later"], { delayMs: 60_000 });
      const [done, dead] = await world.take(2);
      await world.consumer.settle([
        { delivery: done!, action: "ack" },
        { delivery: dead!, action: "dead", reason: "exhausted" },
      ]);
      await using board = new OpenBullBoard(world, { bullmq });
      await board.pressAll("clean", "completed");
      expect((await board.list("completed")).counts).toMatchObject({ completed: 1 });
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + CLEANED_AFTER_MS });
      for (const state of ["completed", "failed", "delayed", "wait"]) await board.pressAll("clean", state);
      vi.useRealTimers();
      expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, delayed: { n: 0 }, dead: { n: 0 } });
      const keys = await world.client.keys(world.key("*"));
      expect(keys.filter((key) => /:(?:done|dead|ready|later)/.test(key))).toEqual([]);
    });

    it("remove removes a job that nobody runs, and is refused for one that runs", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await world.send(["leased", "ready"]);
      const [leased] = await world.take(1);
      await using board = new OpenBullBoard(world, { bullmq });
      await board.pressJob("clean", "ready");
      expect(await board.refusedJob("clean", "leased")).toBe(409);
      expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 1 } });
      expect(await world.consumer.settle([{ delivery: leased!, action: "ack" }])).toEqual([
        { status: "settled" },
      ]);
    });

    it("pause and resume hold for our workers", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await world.send(["job"]);
      await using board = new OpenBullBoard(world, { bullmq });
      await board.press("pause");
      expect(await world.take(1)).toEqual([]);
      expect(await world.queue.stats()).toMatchObject({ isPaused: true });
      await board.press("resume");
      expect(await world.take(1)).toMatchObject([{ messageId: "job" }]);
    });

    it("empty removes what is ready, and leaves the rest", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await world.send(["leased", "ready"]);
      const [leased] = await world.take(1);
      await world.send(["urgent"], { priority: 9 });
      await world.send(["later"], { delayMs: 60_000 });
      await using board = new OpenBullBoard(world, { bullmq });
      await board.press("empty");
      expect(await world.queue.stats()).toMatchObject({
        ready: { n: 0 },
        delayed: { n: 1 },
        leased: { n: 1 },
      });
      expect(await world.consumer.settle([{ delivery: leased!, action: "ack" }])).toEqual([
        { status: "settled" },
      ]);
    });

    it("obliterate needs a pause, removes all, and our worker learns that its lease is lost", async () => {
      await using world = await RedisWorld.open(server.url, { load, keepFinished: 9 });
      await world.send(["leased", "ready"]);
      const [leased] = await world.take(1);
      await using board = new OpenBullBoard(world, { bullmq });
      expect(await board.refused("obliterate")).toBe(400);
      await board.press("pause");
      expect(await board.refused("obliterate")).toBe(409);
      await board.press("obliterate", { force: true });
      expect(await world.consumer.settle([{ delivery: leased!, action: "ack" }])).toEqual([
        { status: "lost" },
      ]);
      expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 }, isPaused: false });
      await world.send(["next"]);
      expect(await world.take(1)).toMatchObject([{ messageId: "next" }]);
    });

    it("duplicate runs the same job again", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await enqueue(world, "job");
      await using board = new OpenBullBoard(world, { bullmq });
      const { job } = await board.show("job");
      await board.add(job.name, job.data, job.opts);
      expect(await drain(world)).toEqual([
        { a: 3, b: 4 },
        { a: 3, b: 4 },
      ]);
    });

    it("add takes an envelope; other data is a dead letter `undecodable`", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await using board = new OpenBullBoard(world, { bullmq });
      await board.add("add", { a: 1, b: 2 }, { jobId: "plain" });
      expect(await drain(world)).toEqual([]);
      expect(await world.queue.peek({ state: "dead", limit: 9 })).toMatchObject({
        messages: [{ messageId: "plain", dead: { reason: "undecodable" } }],
      });
      const enqueuedAt = new Date().toISOString();
      const envelope = { v: 1, task: "add", params: { a: 1, b: 2 }, id: "typed", sig: "", enqueuedAt };
      await board.add("add", envelope, { jobId: "typed" });
      expect(await drain(world)).toEqual([{ a: 1, b: 2 }]);
    });

    it("add adds no second job under an id of ours", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await enqueue(world, "job");
      await using board = new OpenBullBoard(world, { bullmq });
      await board.add("add", { a: 1, b: 2 }, { jobId: "job" });
      expect(await drain(world)).toEqual([{ a: 3, b: 4 }]);
    });

    it("add runs a task on a queue of plain jobs", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await using board = new OpenBullBoard(world, { bullmq });
      await board.add("add", { a: 1, b: 2 }, { jobId: "plain" });
      expect(await drain(world, { codecs: { [QUEUE]: "bullmq" } })).toEqual([{ a: 1, b: 2 }]);
      expect(await board.show("plain")).toMatchObject({ status: "completed", job: { returnValue: 3 } });
    });

    it("new data are the parameters of the next run", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await enqueue(world, "job");
      await using board = new OpenBullBoard(world, { bullmq });
      await board.edit("update-data", "job", { jobData: { a: 1, b: 1 } });
      expect(await drain(world)).toEqual([{ a: 1, b: 1 }]);
    });

    it("a new delay and a new priority hold for our workers", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await world.send(["later"], { delayMs: 60_000 });
      await world.send(["one", "two"], { priority: 5 });
      await using board = new OpenBullBoard(world, { bullmq });
      const runAt = Date.now() + 3_600_000;
      await board.edit("delay", "later", { runAt });
      const { messages } = await world.queue.peek({ state: "delayed", limit: 9 });
      expect(Math.abs(messages[0]!.dueAt - runAt)).toBeLessThan(60_000);
      await board.edit("priority", "two", { priority: 1 });
      expect((await world.queue.peek({ state: "ready", limit: 9 })).messages).toMatchObject([
        { messageId: "two", priority: 9 },
        { messageId: "one", priority: 5 },
      ]);
      expect((await world.take(2)).map(({ messageId }) => messageId)).toEqual(["two", "one"]);
    });

    it("limits of concurrency and of a rate hold for our workers", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      await world.send(["a", "b", "c", "d"]);
      await using board = new OpenBullBoard(world, { bullmq });
      await board.press("concurrency", { concurrency: 1 });
      const [first] = await world.take(9);
      expect(await world.take(9)).toEqual([]);
      await board.press("concurrency", { concurrency: 0 });
      await world.consumer.settle([{ delivery: first!, action: "ack" }]);
      await board.press("rate-limit", { max: 1, duration: 60_000 });
      expect(await world.take(9)).toHaveLength(1);
      expect(await world.take(9)).toEqual([]);
      await board.press("rate-limit/release");
      expect(await world.take(9)).toHaveLength(1);
    });

    it("lists our workers by name", async () => {
      await using world = await RedisWorld.open(server.url, { load });
      const consumer = await world.broker.openConsumer(QUEUE, { leaseMs: 1_000, holder: "host 1:42" });
      const ended = new AbortController();
      const idle = consumer.receive({ max: 1, waitMs: 20_000, signal: ended.signal });
      await using board = new OpenBullBoard(world, { bullmq });
      await expect.poll(async () => JSON.stringify(await board.workers())).toContain("host");
      ended.abort();
      await idle;
    });
  },
);
