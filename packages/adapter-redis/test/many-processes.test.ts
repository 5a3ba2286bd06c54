import { setTimeout as pause } from "node:timers/promises";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisWorld } from "./redis-world.ts";
import { WorkerProcesses } from "./worker-processes.ts";

const SWEEP_MS = 100;
const PROCESSES = 3;

function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `job-${index}`);
}

function repeated(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].filter((count) => count > 1).length;
}

describe.runIf(await hasRedis())("several processes on one queue", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("three processes run 3,000 jobs, each once [F11 P22]", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(ids(3_000));
    const options = { leaseMs: 30_000, sweepMs: SWEEP_MS, workMs: 2, max: 20 };
    await using workers = new WorkerProcesses(world, options, PROCESSES);
    await expect.poll(() => workers.ends.size, { timeout: 30_000 }).toBe(3_000);
    expect([repeated(workers.starts), repeated(workers.ends)]).toEqual([0, 0]);
    expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 }, dead: { n: 0 } });
  });

  it("kill -9 of workers loses no job and counts no innocent as dead [F01 P18 P21]", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(ids(1_000));
    const options = { leaseMs: 1_000, sweepMs: SWEEP_MS, workMs: 40, max: 5 };
    await using workers = new WorkerProcesses(world, options, PROCESSES);
    for (let kill = 0; kill < 12; kill++) {
      // The test needs a kill at any moment.
      await pause(150 + 20 * kill);
      await workers.replace(kill % PROCESSES, "SIGKILL");
    }
    await expect.poll(() => workers.starts.size, { timeout: 30_000 }).toBe(1_000);
    await expect
      .poll(() => world.queue.stats(), { timeout: 10_000 })
      .toMatchObject({ ready: { n: 0 }, leased: { n: 0 }, dead: { n: 0 } });
    expect(repeated(workers.ends)).toBe(0);
  });

  it("SIGTERM restarts of workers start no job a second time without giving it back [F02]", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(ids(600));
    const options = { leaseMs: 30_000, sweepMs: SWEEP_MS, workMs: 40, max: 5 };
    await using workers = new WorkerProcesses(world, options, PROCESSES);
    for (let stop = 0; stop < 6; stop++) {
      // The test needs a stop at any moment.
      await pause(250);
      await workers.replace(stop % PROCESSES, "SIGTERM");
    }
    await expect
      .poll(() => world.queue.stats(), { timeout: 30_000 })
      .toMatchObject({ ready: { n: 0 }, leased: { n: 0 } });
    expect(workers.starts.size).toBe(600);
    expect(await world.queue.stats()).toMatchObject({ dead: { n: 0 } });
  });

  it("a lock that is lost, or a sweep that was cut off, keeps no job for ever [F12]", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: SWEEP_MS });
    await world.send(["job"]);
    const [first] = await world.take(1);
    await world.client.del(world.key("job:lock"));
    await world.client.set(world.key("jobs:swept"), 1, "PX", SWEEP_MS);
    const [again] = await world.take(1, 5_000);
    expect(again).toMatchObject({ messageId: "job", crashCount: 1 });
    expect(await world.consumer.settle([{ delivery: first!, action: "ack" }])).toEqual([{ status: "lost" }]);
  });

  it("what has lost its worker is delivered before what was never tried [P19]", async () => {
    await using world = await RedisWorld.open(server.url, { leaseMs: 200, sweepMs: 20 });
    await world.send(["tried", "fresh"]);
    expect(await world.take(1)).toMatchObject([{ messageId: "tried" }]);
    await expect.poll(() => world.queue.stats()).toMatchObject({ ready: { n: 2 } });
    expect(await world.take(1)).toMatchObject([{ messageId: "tried", deliveryCount: 2 }]);
  });

  it("opening a queue removes nothing [P23]", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(["kept"]);
    await world.broker.openConsumer("letters", { leaseMs: 1_000 });
    await world.broker.openQueue("letters");
    expect(await world.take(1)).toMatchObject([{ messageId: "kept" }]);
  });

  it("a job whose content has gone ends as one that cannot be read, not as one that is never seen [P3]", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(["orphan"]);
    await world.client.del(world.key("orphan"));
    const [orphan] = await world.take(1);
    expect(orphan).toMatchObject({ messageId: "orphan", body: "" });
    await world.consumer.settle([{ delivery: orphan!, action: "dead", reason: "undecodable" }]);
    const { messages } = await world.queue.peek({ state: "dead", limit: 1 });
    expect(messages).toMatchObject([{ messageId: "orphan", dead: { reason: "undecodable" } }]);
  });

  it("stored bytes that are no text are delivered, and kept as they are when they end dead [F50]", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(["broken", "good"]);
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    await world.client.hset(world.key("broken"), "data", bytes, "opts", "{");
    const [broken, good] = await world.take(2);
    expect([broken?.messageId, good?.messageId]).toEqual(["broken", "good"]);
    await world.consumer.settle([{ delivery: broken!, action: "dead", reason: "undecodable" }]);
    expect(await world.client.hgetBuffer(world.key("broken"), "data")).toEqual(bytes);
  });
});
