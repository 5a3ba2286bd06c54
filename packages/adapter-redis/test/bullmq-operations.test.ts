import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import type { Queue as BullmqQueue, Job } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const LATER_MS = 60_000;

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "operations of BullMQ $version and ours on the jobs of the other",
  ({ bullmq: { Queue, Worker }, major }) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    /** A world of ours, with a queue and a worker of BullMQ that takes a job when it is told to. */
    async function open(options: Parameters<typeof RedisWorld.open>[1] = {}) {
      const world = await RedisWorld.open(server.url, options);
      const connection = {
        connection: { url: server.url, maxRetriesPerRequest: null },
        prefix: world.prefix,
        skipMetasUpdate: major < 6,
      };
      const queue: BullmqQueue = new Queue(QUEUE, connection);
      const worker = new Worker(QUEUE, null, { ...connection, autorun: false });
      return {
        world,
        queue,
        takeTheirs: () => worker.getNextJob(TOKEN, { block: false }),
        async [Symbol.asyncDispose]() {
          await worker.close();
          await queue.close();
          await world[Symbol.asyncDispose]();
        },
      };
    }

    describe("BullMQ's on our jobs", () => {
      it("retries all our dead letters", async () => {
        await using both = await open();
        const { world, queue } = both;
        await world.send(["one", "two"]);
        for (const delivery of await world.take(2))
          await world.consumer.settle([{ delivery, action: "dead", reason: "exhausted" }]);
        // The server's clock can be ahead of this process by less than 1 ms, and so by one number.
        await queue.retryJobs({ state: "failed", timestamp: Date.now() + LATER_MS });
        expect(await world.queue.stats()).toMatchObject({ ready: { n: 2 }, dead: { n: 0 } });
        expect(idsOf(await world.take(9))).toEqual(["one", "two"]);
      });

      it("runs a completed job of ours again", async () => {
        await using both = await open({ keepFinished: 9 });
        const { world, queue } = both;
        await world.send(["job"]);
        const [delivery] = await world.take(1);
        await world.consumer.settle([{ delivery: delivery!, action: "ack", value: "7" }]);
        await (await queue.getJob("job"))?.retry("completed");
        expect(await world.take(1)).toMatchObject([{ messageId: "job", body: '{"name":"job"}' }]);
      });

      it("promotes a delayed job of ours, and all of them", async () => {
        await using both = await open();
        const { world, queue } = both;
        await world.send(["one", "two", "three"], { delayMs: LATER_MS });
        const delayed = await queue.getDelayed();
        await delayed.find(({ data }) => data.name === "one")?.promote();
        expect(idsOf(await world.take(9))).toEqual(["one"]);
        await queue.promoteJobs();
        expect(idsOf(await world.take(9))).toEqual(["three", "two"]);
      });

      it("cleans our jobs of each state", async () => {
        await using both = await open({ keepFinished: 9 });
        const { world, queue } = both;
        await world.send(["done", "dead", "ready"]);
        const [done, dead] = await world.take(2);
        await world.consumer.settle([
          { delivery: done!, action: "ack" },
          { delivery: dead!, action: "dead", reason: "exhausted" },
        ]);
        await world.send(["urgent"], { priority: 9 });
        await world.send(["later"], { delayMs: LATER_MS });
        const cleaned: string[] = [];
        for (const state of ["completed", "failed", "wait", "prioritized", "delayed"] as const)
          cleaned.push(...(await queue.clean(-LATER_MS, 9, state)));
        expect(cleaned.sort()).toEqual(["dead", "done", "later", "ready", "urgent"]);
        expect((await world.client.keys(world.key("*"))).filter((key) => key.includes("later"))).toEqual([]);
      });

      it("removes a job of ours, but none that runs", async () => {
        await using both = await open();
        const { world, queue } = both;
        await world.send(["leased", "ready"]);
        const [leased] = await world.take(1);
        await (await queue.getJob("ready"))?.remove();
        await expect((await queue.getJob("leased"))?.remove()).rejects.toThrow(/locked/);
        expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 1 } });
        expect(await world.consumer.settle([{ delivery: leased!, action: "ack" }])).toEqual([
          { status: "settled" },
        ]);
      });

      it("drains what is ready of ours, and what is delayed where that is asked", async () => {
        await using both = await open();
        const { world, queue } = both;
        await world.send(["ready"]);
        await world.send(["urgent"], { priority: 9 });
        await world.send(["later"], { delayMs: LATER_MS });
        await queue.drain();
        expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, delayed: { n: 1 } });
        await queue.drain(true);
        expect(await world.queue.stats()).toMatchObject({ delayed: { n: 0 } });
      });

      it("obliterates our queue, but not while a job runs, and our worker learns that its lease is lost", async () => {
        await using both = await open();
        const { world, queue } = both;
        await world.send(["leased", "ready"]);
        const [leased] = await world.take(1);
        await expect(queue.obliterate()).rejects.toThrow(/active/);
        await queue.obliterate({ force: true });
        expect(await world.consumer.settle([{ delivery: leased!, action: "ack" }])).toEqual([
          { status: "lost" },
        ]);
        expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 } });
      });

      it("changes the data of the next run of ours", async () => {
        await using both = await open();
        const { world, queue } = both;
        await world.send(["job"]);
        await (await queue.getJob("job"))?.updateData({ name: "changed" });
        expect(await world.take(1)).toMatchObject([{ messageId: "job", body: '{"name":"changed"}' }]);
      });

      it("adds no second job under an id of ours", async () => {
        await using both = await open();
        const { world, queue } = both;
        await world.send(["job"]);
        await queue.add("tell", { name: "second" }, { jobId: "job" });
        expect(await world.take(9)).toMatchObject([{ messageId: "job", body: '{"name":"job"}' }]);
      });

      it("counts our running jobs in its limit of concurrency", async () => {
        await using both = await open();
        const { world, queue, takeTheirs } = both;
        await queue.setGlobalConcurrency(1);
        await world.send(["ours", "theirs"]);
        const [ours] = await world.take(1);
        expect(await takeTheirs()).toBeUndefined();
        await world.consumer.settle([{ delivery: ours!, action: "ack" }]);
        expect(await takeTheirs()).toMatchObject({ id: "theirs" });
      });
    });

    describe("ours on BullMQ's jobs", () => {
      it("wakes our waiting worker when its producer adds a job", async () => {
        await using both = await open();
        const { world, queue } = both;
        const waiting = world.take(1, 20_000);
        await queue.add("tell", { name: "theirs" }, { jobId: "theirs" });
        expect(idsOf(await waiting)).toEqual(["theirs"]);
      });

      it("waits for the delay that its producer asked for", async () => {
        await using both = await open();
        const { world, queue } = both;
        const job = await queue.add("tell", { name: "later" }, { jobId: "later", delay: LATER_MS });
        expect(await world.take(9)).toEqual([]);
        const { messages } = await world.queue.peek({ state: "delayed", limit: 9 });
        expect(messages).toMatchObject([{ messageId: "later", dueAt: job.timestamp + LATER_MS }]);
        await job.promote();
        expect(idsOf(await world.take(9))).toEqual(["later"]);
      });

      it("keeps the progress and the log lines that its worker wrote before ours ran the job", async () => {
        await using both = await open({ keepFinished: 9 });
        const { world, queue, takeTheirs } = both;
        await world.send(["job"], { maxAttempts: 2 });
        const theirs: Job | undefined = await takeTheirs();
        await theirs?.updateProgress(50);
        await theirs?.log("theirs");
        await theirs?.moveToFailed(new Error("not today"), TOKEN);
        const [delivery] = await world.take(1);
        await world.consumer.note?.(delivery!, { line: "ours" });
        await world.consumer.settle([{ delivery: delivery!, action: "ack" }]);
        expect(await queue.getJob("job")).toMatchObject({ progress: 50 });
        expect((await queue.getJobLogs("job")).logs).toEqual(["theirs", "ours"]);
      });

      it("redrives what its worker has failed, one by its id and all, and leaves what it completed", async () => {
        await using both = await open();
        const { world, queue, takeTheirs } = both;
        for (const jobId of ["one", "two", "three"]) {
          await queue.add("tell", { name: jobId }, { jobId });
          await (await takeTheirs())?.moveToFailed(new Error("not today"), TOKEN);
        }
        await queue.add("tell", { name: "done" }, { jobId: "done" });
        await (await takeTheirs())?.moveToCompleted(7, TOKEN, false);
        expect(await world.queue.redrive({ ids: ["two", "done"], limit: 9 })).toEqual({ moved: 1 });
        expect(idsOf(await world.take(9))).toEqual(["two"]);
        expect(await world.queue.redrive({ limit: 9 })).toEqual({ moved: 2 });
        expect(idsOf(await world.take(9))).toEqual(["one", "three"]);
        expect(await queue.getJobCounts("completed", "failed")).toEqual({ completed: 1, failed: 0 });
      });

      it("leaves the job of its job scheduler to its own scripts, and runs the others", async () => {
        await using both = await open();
        const { world, queue } = both;
        await queue.upsertJobScheduler(
          "hourly",
          { every: 3_600_000 },
          { name: "tell", data: { name: "tick" } },
        );
        await world.send(["ours"]);
        expect(idsOf(await world.take(5))).toEqual(["ours"]);
        await expect(world.take(5)).rejects.toThrow(/belongs to a flow, a job scheduler or a deduplication/);
        const [tick] = await queue.getJobs(["wait", "delayed"]);
        expect(tick).toMatchObject({ repeatJobKey: "hourly", attemptsStarted: 0 });
      });

      it("removes its job, but none that its worker runs", async () => {
        await using both = await open();
        const { world, queue, takeTheirs } = both;
        await queue.add("tell", { name: "running" }, { jobId: "running" });
        await queue.add("tell", { name: "waiting" }, { jobId: "waiting" });
        const running: Job | undefined = await takeTheirs();
        expect(await world.queue.remove(["running", "waiting"])).toEqual([
          { id: "running", status: "leased" },
          { id: "waiting", status: "removed" },
        ]);
        expect(await queue.getJob("waiting")).toBeUndefined();
        await running?.moveToCompleted(7, TOKEN, false);
        expect(await running?.getState()).toBe("completed");
      });

      it("shows that its worker runs a job, and no name of a worker of ours", async () => {
        await using both = await open();
        const { world, queue, takeTheirs } = both;
        await queue.add("tell", { name: "theirs" }, { jobId: "theirs" });
        await takeTheirs();
        const { messages } = await world.queue.peek({ state: "leased", limit: 9 });
        expect(messages).toMatchObject([{ messageId: "theirs", state: "leased", deliveryCount: 1 }]);
        expect(messages[0]).not.toHaveProperty("holder");
      });

      it("purges what waits of its jobs", async () => {
        await using both = await open();
        const { world, queue } = both;
        await queue.add("tell", { name: "waiting" });
        await queue.add("tell", { name: "urgent" }, { priority: 1 });
        await queue.add("tell", { name: "later" }, { delay: LATER_MS });
        await world.queue.purge();
        expect(await queue.getJobCounts("wait", "prioritized", "delayed")).toEqual({
          wait: 0,
          prioritized: 0,
          delayed: 0,
        });
      });

      it("sends no second job under an id of its producer", async () => {
        await using both = await open();
        const { world, queue } = both;
        await queue.add("tell", { name: "theirs" }, { jobId: "job" });
        const second = { id: "job", label: "tell", body: '{"name":"ours"}' };
        expect(await world.queue.send([second])).toEqual([{ status: "duplicate", messageId: "job" }]);
        expect(await world.take(9)).toMatchObject([{ messageId: "job", body: '{"name":"theirs"}' }]);
      });
    });
  },
);

/** Of the worker of BullMQ in these tests. */
const TOKEN = "token";

function idsOf(messages: readonly { readonly messageId: string }[]): readonly string[] {
  return messages.map(({ messageId }) => messageId).sort();
}
