import { createApp, defineTask, handle, type WorkerOptions } from "@jobs/core";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis } from "../src/index.ts";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const add = defineTask("add", { a: "number", b: "number" }, { queue: QUEUE });

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)(
  "a queue that keeps finished jobs, beside BullMQ $version",
  ({ bullmq: { Queue } }) => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedisServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    /** The job as BullMQ shows it after our worker has run it. */
    async function runOne(keepFinished: number, options: Partial<WorkerOptions> = {}) {
      await using world = await RedisWorld.open(server.url);
      const app = createApp({
        broker: redis({ url: server.url, prefix: world.prefix, keepFinished, onWarning: () => {} }),
        tasks: [add],
        handlers: [
          handle(add, ({ a, b }, ctx) => {
            ctx.log.debug("not kept");
            ctx.log.info("adding", { a });
            ctx.progress({ done: 1 });
            return { sum: a + b };
          }),
        ],
      });
      await app.enqueue(add, { a: 3, b: 4 }, { id: "job" });
      const report = await app.worker({ ownsProcess: false, until: { type: "drained" }, ...options }).run();
      await app.close();
      expect(report.succeeded).toBe(1);
      const queue = new Queue(QUEUE, { connection: { url: server.url }, prefix: world.prefix });
      const job = await queue.getJob("job");
      const { logs } = await queue.getJobLogs("job");
      await queue.close();
      return { job, logs };
    }

    it("shows value, progress and log lines in BullMQ's tools", async () => {
      const { job, logs } = await runOne(5);
      expect(job).toMatchObject({ returnvalue: { sum: 7 }, progress: { done: 1 }, attemptsMade: 1 });
      expect(logs).toEqual([expect.stringMatching(/^\d{4}-.*Z info adding {"a":3}$/)]);
    });

    it("keeps no line where the worker keeps none", async () => {
      const { job, logs } = await runOne(5, { jobLog: "off" });
      expect(job?.returnvalue).toEqual({ sum: 7 });
      expect(logs).toEqual([]);
    });

    it("leaves nothing where it keeps none", async () => {
      expect(await runOne(0)).toEqual({ job: undefined, logs: [] });
    });
  },
);
