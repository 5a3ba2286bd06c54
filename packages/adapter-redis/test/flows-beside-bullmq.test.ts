import { chain, createApp, defineSchedule, defineTask, handle, step } from "@jobs/core";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { type Job, Queue } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis, redisResults } from "../src/index.ts";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const add = defineTask("add", { a: "number", b: "number" }, { queue: QUEUE });
const yearly = defineSchedule("yearly", { cron: "0 0 1 1 *", task: add, params: { a: 1, b: 2 } });

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "flows and schedules of ours beside the worker of BullMQ $version",
  ({ bullmq: { Worker } }) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    function openApp({ url, prefix }: RedisWorld, ran: unknown[] = []) {
      return createApp({
        broker: redis({ url, prefix, keepFinished: 9, onWarning: () => {} }),
        results: redisResults({ url, prefix }),
        tasks: [add],
        handlers: [
          handle(add, ({ a, b }) => {
            ran.push({ a, b });
            return a + b;
          }),
        ],
        schedules: [yearly],
      });
    }

    /** A worker of BullMQ runs one job of ours. */
    async function runByTheirs({ url, prefix }: RedisWorld): Promise<Job> {
      const options = { connection: { url, maxRetriesPerRequest: null }, prefix, autorun: false };
      const worker = new Worker(QUEUE, async ({ data }: Job) => data.a + data.b, options);
      const completed = new Promise<Job>((resolve) => worker.once("completed", resolve));
      void worker.run();
      const job = await completed;
      await worker.close();
      return job;
    }

    it("keeps the value of a step that its worker has run, and sends no next step", async () => {
      await using world = await RedisWorld.open(server.url);
      const app = openApp(world);
      const flow = chain([step(add, { a: 1, b: 2 }), step(add, { b: 3 }, { takes: { a: "." } })]);
      const { id, lastId } = await app.start(flow);
      const job = await runByTheirs(world);
      expect(job).toMatchObject({ name: "add", returnvalue: 3 });
      const report = await app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
      expect(report.succeeded).toBe(0);
      expect(await app.result(job.id!)).toMatchObject({ status: "succeeded", value: 3 });
      expect(await app.result(lastId)).toBeUndefined();
      expect(id).not.toBe(lastId);
      await app.close();
    });

    it("has a flow of ours go on when the step that it has run is retried, which runs no second time", async () => {
      await using world = await RedisWorld.open(server.url);
      const { url, prefix } = world;
      const ran: unknown[] = [];
      const app = openApp(world, ran);
      const flow = chain([step(add, { a: 1, b: 2 }), step(add, { b: 3 }, { takes: { a: "." } })]);
      const { lastId } = await app.start(flow);
      const { id = "" } = await runByTheirs(world);
      expect(await app.result(id)).toMatchObject({ status: "succeeded", value: 3 });
      const queue = new Queue(QUEUE, { connection: { url }, prefix });
      await (await queue.getJob(id))?.retry("completed");
      await queue.close();
      await app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
      expect(ran).toEqual([{ a: 3, b: 3 }]);
      expect(await app.result(lastId)).toMatchObject({ status: "succeeded", value: 6 });
      await app.close();
    });

    it("ends a flow when its worker runs the last step", async () => {
      await using world = await RedisWorld.open(server.url);
      const app = openApp(world);
      const flow = chain([step(add, { a: 1, b: 2 }), step(add, { b: 3 }, { takes: { a: "." } })]);
      const { lastId } = await app.start(flow);
      await app.worker({ ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
      await runByTheirs(world);
      expect(await app.result(lastId)).toMatchObject({ status: "succeeded", value: 6 });
      await app.close();
    });

    it("has the job of a schedule of ours run by its worker", async () => {
      await using world = await RedisWorld.open(server.url);
      const app = openApp(world);
      const { id } = await app.schedules.run("yearly");
      expect(await runByTheirs(world)).toMatchObject({ id, returnvalue: 3 });
      expect(await app.result(id)).toMatchObject({ status: "succeeded", value: 3 });
      await app.close();
    });
  },
);
