import { createApp, defineTask } from "@jobs/core";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import type { Job } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis, redisResults } from "../src/index.ts";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const add = defineTask("add", { a: "number", b: "number" }, { queue: QUEUE, maxAttempts: 1 });

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "the result of a job that the worker of BullMQ $version has run",
  ({ bullmq: { Worker } }) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    async function runOne(run: (job: Job) => Promise<unknown>, maxAttempts = 1) {
      await using world = await RedisWorld.open(server.url);
      const results = redisResults({ url: server.url, prefix: world.prefix });
      const broker = redis({ url: server.url, prefix: world.prefix, keepFinished: 9, onWarning: () => {} });
      const app = createApp({ broker, results, tasks: [add] });
      const worker = new Worker(QUEUE, run, { connection: { url: server.url }, prefix: world.prefix });
      worker.on("error", () => {});
      const { id, enqueuedAt } = await app.enqueue(add, { a: 3, b: 4 }, { maxAttempts });
      const result = await app.result(id, { waitMs: 20_000, since: enqueuedAt });
      const kept = await results.get(id);
      await worker.close();
      await app.close();
      return { result, kept };
    }

    it("is its value, and is kept in our result store from then on", async () => {
      const { result, kept } = await runOne(async ({ data }) => ({ sum: data.a + data.b }));
      expect(result).toMatchObject({
        task: "add",
        queue: QUEUE,
        status: "succeeded",
        value: { sum: 7 },
        attempt: 1,
      });
      expect(kept).toEqual(result);
    });

    it("is its error, when it failed for the last time", async () => {
      const { result } = await runOne(() => Promise.reject(new Error("no such number")));
      expect(result).toMatchObject({ status: "dead", error: { message: "no such number" }, attempt: 1 });
    });

    it("has the number of its last attempt", async () => {
      const fail = () => Promise.reject(new Error("no such number"));
      expect((await runOne(fail, 3)).result).toMatchObject({ status: "dead", attempt: 3 });
      const failTwice = async ({ attemptsMade }: Job) => (attemptsMade < 2 ? fail() : 7);
      expect((await runOne(failTwice, 3)).result).toMatchObject({ status: "succeeded", attempt: 3 });
    });
  },
);
