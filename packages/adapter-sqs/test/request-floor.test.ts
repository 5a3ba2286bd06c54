import { createApp, defineTask, handle } from "@jobs/core";
import { startSqsEndpoint } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint } from "./sqs-world.ts";

const JOBS = 4_000;

/** The floor is 0.3: a send, a receive and a delete for ten jobs each. */
const MOST_REQUESTS_PER_JOB = 0.31;

/** In bundles of a hundred, each of these requests is for ten times as many jobs, and some are not full. */
const MOST_WITH_BUNDLES = 0.05;

const work = defineTask("work", { n: "integer" });
/** As many at a time as a busy machine sends within the deadline of an enqueue. */
const WAVE = 200;
const waves = Array.from({ length: JOBS / WAVE }, (_, wave) =>
  Array.from({ length: WAVE }, (_, n) => wave * WAVE + n),
);

describe("requests a job, counted at the endpoint", { timeout: 300_000 }, () => {
  it.each(["concurrent enqueue()", "enqueueMany()"])(
    "are at the floor with %s, drained at concurrency 100",
    async (way) => {
      await using endpoint = await startSqsEndpoint();
      await endpoint.createQueue({ name: "default", dlq: "default-dead" });
      const done = new Set<number>();
      const app = createApp({
        broker: sqs(atEndpoint(endpoint)),
        tasks: [work],
        handlers: [handle(work, ({ n }) => void done.add(n))],
      });
      for (const wave of waves) {
        if (way === "enqueueMany()") await app.enqueueMany(wave.map((n) => [work, { n }] as const));
        else await Promise.all(wave.map((n) => app.enqueue(work, { n })));
      }
      const report = await app
        .worker({ concurrency: 100, until: { type: "drained" }, ownsProcess: false })
        .run();
      await app.close();
      expect(report).toMatchObject({ succeeded: JOBS });
      expect(done.size).toBe(JOBS);
      const { total, byAction } = endpoint.requests();
      const counted = app.broker?.requests?.().map(({ action, sent }) => [action, sent]);
      expect(Object.fromEntries(counted ?? [])).toEqual(byAction);
      expect(total / JOBS, JSON.stringify(byAction)).toBeLessThanOrEqual(MOST_REQUESTS_PER_JOB);
    },
  );

  it("are a sixth of it with bundles, for 1,000 jobs enqueued at once", async () => {
    const jobs = 1_000;
    await using endpoint = await startSqsEndpoint();
    await endpoint.createQueue({ name: "default", dlq: "default-dead" });
    const done: number[] = [];
    const app = createApp({
      broker: sqs({ ...atEndpoint(endpoint), jobsPerMessage: 100 }),
      tasks: [work],
      handlers: [handle(work, ({ n }) => void done.push(n))],
    });
    await Promise.all(Array.from({ length: jobs }, (_, n) => app.enqueue(work, { n })));
    const report = await app
      .worker({ concurrency: 100, until: { type: "settled", jobs }, ownsProcess: false })
      .run();
    await app.close();
    expect(report).toMatchObject({ succeeded: jobs });
    expect([...done].sort((one, other) => one - other)).toEqual(Array.from({ length: jobs }, (_, n) => n));
    const { total, byAction } = endpoint.requests();
    expect(total / jobs, JSON.stringify(byAction)).toBeLessThanOrEqual(MOST_WITH_BUNDLES);
  });
});
