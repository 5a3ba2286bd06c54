import { isJobsError, type JobsError } from "@jobs/core";
import type { BrokerQueue } from "@jobs/core/broker";
import { startStopwatch } from "@jobs/core/testing";
import { BlackHole, hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { redis } from "../src/index.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

/** Time limit until the producer gets the error, in ms. */
const TOLD_MS = 5_000;

const NOBODY = "redis://127.0.0.1:1";

describe.runIf(await hasRedis({ isOwn: true }))("outages", () => {
  it("what was sent is there after a restart from the append-only file, and connections mend themselves [F20]", async () => {
    await using server = await startRedisServer({ appendonly: true, appendfsync: "always" });
    await using world = await RedisWorld.open(server.url);
    await world.send(["one", "two"]);
    const [held] = await world.take(1);
    await server.kill();
    await expect(world.queue.stats()).rejects.toMatchObject({ code: "broker_unavailable", retryable: true });
    await server.start();
    expect(await world.consumer.settle([{ delivery: held!, action: "ack" }])).toEqual([
      { status: "settled" },
    ]);
    expect(await world.take(10, 5_000)).toMatchObject([{ messageId: "two" }]);
  });

  it("a cut connection loses nothing: the lease goes on, and ends by itself where its worker has gone [P16 P17]", async () => {
    await using server = await startRedisServer();
    await using hole = await BlackHole.open(server.port);
    await using world = await RedisWorld.open(server.url, { url: hole.url, leaseMs: 1_000, sweepMs: 50 });
    await world.send(["job"]);
    const [first] = await world.take(1);
    hole.cut();
    await expect
      .poll(() => world.consumer.extend([first!], 1_000).catch(() => "cut"))
      .toMatchObject([{ status: "extended" }]);
    const [again] = await world.take(1, 5_000);
    expect(again).toMatchObject({ messageId: "job", deliveryCount: 2, crashCount: 1 });
  });

  it("a connection that swallows everything is found out and replaced [F22]", async () => {
    await using server = await startRedisServer();
    await using hole = await BlackHole.open(server.port);
    await using world = await RedisWorld.open(server.url, { url: hole.url });
    await world.send(["before"]);
    expect(await world.take(1)).toHaveLength(1);
    const waiting = world.take(1, 1_000).catch(() => []);
    hole.swallow();
    const elapsedMs = startStopwatch();
    await expect(world.send(["during"])).rejects.toMatchObject({
      code: "broker_unavailable",
      maybeSent: true,
    });
    expect(elapsedMs()).toBeLessThan(TOLD_MS);
    await waiting;
    await expect.poll(() => world.send(["after"]).then(() => "sent"), { timeout: 20_000 }).toBe("sent");
    expect((await world.take(10, 5_000)).map(({ messageId }) => messageId)).toContain("after");
    expect(elapsedMs()).toBeLessThan(35_000);
  });

  it("a send, a settle and an extend end within the time that they are given", async () => {
    await using server = await startRedisServer();
    await using hole = await BlackHole.open(server.port);
    await using world = await RedisWorld.open(server.url, { url: hole.url });
    await world.send(["job"]);
    const [delivery] = await world.take(1);
    hole.swallow();
    const elapsedMs = startStopwatch();
    const options = { timeoutMs: 300 };
    const message = { id: "late", label: "late", body: "{}" };
    const calls = await Promise.allSettled([
      world.queue.send([message], options),
      world.consumer.settle([{ delivery: delivery!, action: "ack" }], options),
      world.consumer.extend([delivery!], 1_000, options),
    ]);
    expect(elapsedMs()).toBeLessThan(3_000);
    for (const call of calls)
      expect(call).toMatchObject({ status: "rejected", reason: { code: "broker_unavailable" } });
  });

  it("closing takes no time while the broker swallows everything, or never was there [F23]", async () => {
    await using server = await startRedisServer();
    await using hole = await BlackHole.open(server.port);
    const world = await RedisWorld.open(server.url, { url: hole.url });
    const waiting = world.take(1, 60_000);
    hole.swallow(true);
    const absent = redis({ url: NOBODY });
    const opening = absent.openQueue(QUEUE).catch((error: unknown) => error);
    const elapsedMs = startStopwatch();
    await Promise.all([world[Symbol.asyncDispose](), absent.close()]);
    expect(await waiting).toEqual([]);
    expect(elapsedMs()).toBeLessThan(1_000);
    expect(isJobsError(await opening, "broker_unavailable")).toBe(true);
  });

  it("a broker that is not there is reported within 5 s [P8]", async () => {
    const broker = redis({ url: NOBODY });
    const elapsedMs = startStopwatch();
    const refusal = { code: "broker_unavailable", retryable: true, maybeSent: false };
    await expect(broker.openQueue(QUEUE)).rejects.toMatchObject(refusal);
    expect(elapsedMs()).toBeLessThan(TOLD_MS);
    await broker.close();
  });

  it("sends while the broker is down are refused within 5 s, and at once when it has been for long [F25]", async () => {
    await using server = await startRedisServer({ appendonly: true });
    await using world = await RedisWorld.open(server.url);
    await server.kill();
    // By the same time as the broker: a stopwatch that leaves out waits for a processor runs for minutes.
    const untilMs = performance.now() + TOLD_MS;
    while (performance.now() < untilMs) {
      const sinceAskedMs = startStopwatch();
      expect(await refusalOf(world.queue)).toMatchObject({ code: "broker_unavailable", retryable: true });
      expect(sinceAskedMs()).toBeLessThan(TOLD_MS);
    }
    const laterMs = startStopwatch();
    const refusals = await Promise.all(Array.from({ length: 10_000 }, () => refusalOf(world.queue)));
    expect(laterMs()).toBeLessThan(TOLD_MS);
    expect(refusals.every(({ retryable }) => retryable)).toBe(true);
    await server.start();
    await expect
      .poll(() =>
        world.send(["job"]).then(
          () => "sent",
          () => "refused",
        ),
      )
      .toBe("sent");
  });

  it("a wrong password is an error of access, told at once and without the password [F24]", async () => {
    await using server = await startRedisServer({ requirepass: "right" });
    for (const password of ["", ":wr0ngpass@"]) {
      const broker = redis({ url: `redis://${password}127.0.0.1:${server.port}` });
      const elapsedMs = startStopwatch();
      const error = await broker.openQueue(QUEUE).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "access_denied" });
      expect(String(error)).not.toContain("wr0ngpass");
      expect(elapsedMs()).toBeLessThan(2_000);
      await broker.close();
    }
  });

  it("at its limit of memory Redis refuses sends with a clear error, while jobs are taken, settled and extended [F24]", async () => {
    await using server = await startRedisServer({ appendonly: true });
    await using world = await RedisWorld.open(server.url);
    await world.send(["acked", "retried", "released", "dead", "waiting"]);
    const [acked, ...others] = await world.take(1);
    expect(others).toEqual([]);
    await world.client.config("SET", "maxmemory", "1mb");
    await expect(world.send(["refused"])).rejects.toMatchObject({
      code: "broker_unavailable",
      retryable: true,
      maybeSent: false,
      message: expect.stringContaining("maxmemory"),
    });
    const [retried, released, dead] = await world.take(3);
    expect(await world.consumer.extend([acked!], 30_000)).toMatchObject([{ status: "extended" }]);
    const settled = await world.consumer.settle([
      { delivery: acked!, action: "ack" },
      { delivery: retried!, action: "retry", delayMs: 0, failed: true },
      { delivery: released!, action: "release" },
      { delivery: dead!, action: "dead", reason: "fatal" },
    ]);
    expect(settled.map(({ status }) => status)).toEqual(Array(4).fill("settled"));
    expect(await world.queue.stats()).toMatchObject({ ready: { n: 3 }, dead: { n: 1 } });
  });

  it("a replica takes no writes, and says so [F24]", async () => {
    await using server = await startRedisServer({ appendonly: true });
    await using world = await RedisWorld.open(server.url);
    await world.client.replicaof("127.0.0.1", 1);
    await expect(world.send(["job"])).rejects.toMatchObject({
      code: "broker_unavailable",
      maybeSent: false,
      message: expect.stringContaining("READONLY"),
    });
    await world.client.replicaof("NO", "ONE");
    await expect
      .poll(() =>
        world.send(["job"]).then(
          () => "sent",
          () => "refused",
        ),
      )
      .toBe("sent");
  });

  it("a server that may lose jobs is reported once, when the first queue is opened [F27]", async () => {
    await using server = await startRedisServer({ args: ["--maxmemory-policy", "allkeys-lru"] });
    const warnings: string[] = [];
    const broker = redis({ url: server.url, onWarning: (warning) => warnings.push(warning) });
    await Promise.all([broker.openQueue("one"), broker.openQueue("two")]);
    await broker.openQueue("three");
    expect(warnings).toEqual([
      expect.stringContaining("allkeys-lru"),
      expect.stringContaining("append-only"),
    ]);
    await broker.close();
  });
});

async function refusalOf(queue: BrokerQueue): Promise<JobsError> {
  const sent = queue.send([{ id: "job", label: "tell", body: "{}" }]);
  return sent.then(
    () => Promise.reject(new Error("it was sent")),
    (error: JobsError) => error,
  );
}
