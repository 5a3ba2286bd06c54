import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BULLMQ_VERSIONS } from "./bullmq-versions.ts";
import { OpenBullBoard } from "./open-board.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

/** BullMQ has a line for jobs with a priority and one for those without. */
const READY = /^(?:waiting|prioritized)$/;

describe.runIf(await hasRedis()).each(BULLMQ_VERSIONS)("Bull Board with BullMQ $version", ({ bullmq }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("shows our jobs of every state [P11]", async () => {
    await using world = await RedisWorld.open(server.url, { keepFinished: 1 });
    await world.send(["dead", "done", "leased"]);
    const [dead, done] = await world.take(3);
    await world.consumer.settle([
      { delivery: dead!, action: "dead", reason: "fatal", error: { name: "Error", message: "no such user" } },
      { delivery: done!, action: "ack" },
    ]);
    await world.send(["ready"]);
    await world.send(["urgent"], { priority: 9 });
    await world.send(["later"], { delayMs: 60_000 });
    await using board = new OpenBullBoard(world, { bullmq });

    const jobs = ["dead", "done", "later", "leased", "ready", "urgent"];
    const listed = await board.list("latest");
    expect(listed.counts).toMatchObject({ delayed: 1, active: 1, failed: 1, completed: 1 });
    expect(listed.jobs.map(({ id }) => id).sort()).toEqual(jobs);
    for (const job of listed.jobs) expect(job).toMatchObject({ name: "tell", data: { name: job.id } });
    expect(await Promise.all(jobs.map((id) => board.show(id)))).toMatchObject([
      { status: "failed", job: { failedReason: "fatal: no such user", isFailed: true } },
      { status: "completed", job: { attempts: 1 } },
      { status: "delayed", job: { delay: 60_000 } },
      { status: "active" },
      { status: expect.stringMatching(READY) },
      { status: expect.stringMatching(READY) },
    ]);
  });

  it("names the worker that runs a job of ours", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(["job"]);
    const consumer = await world.broker.openConsumer(QUEUE, { leaseMs: 30_000, holder: "host 1:42" });
    await consumer.receive({ max: 1, waitMs: 0, signal: AbortSignal.any([]) });
    await using board = new OpenBullBoard(world, { bullmq });
    expect(await board.show("job")).toMatchObject({ status: "active", job: { processedBy: "host 1:42" } });
  });
});
