import { startStopwatch } from "@jobs/core/testing";
import { BlackHole, hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it, vi } from "vitest";
import { type LoadedBullmq, loadBullmq } from "../src/bullmq/load-bullmq.ts";
import { RedisWorld } from "./redis-world.ts";

/** Time limit until the caller gets the error, in ms. */
const TOLD_MS = 5_000;

describe.runIf(await hasRedis({ isOwn: true }))('outages with engine "bullmq"', () => {
  const open = (url: string, options: Parameters<typeof RedisWorld.open>[1] = {}) =>
    RedisWorld.open(url, { engine: "bullmq", sweepMs: 50, ...options });

  it("what was sent is there after a restart, and BullMQ's objects work on with the new connection [F20]", async () => {
    await using server = await startRedisServer({ appendonly: true, appendfsync: "always" });
    await using world = await open(server.url);
    await world.send(["one", "two"]);
    const [held] = await world.take(1);
    await server.kill();
    await expect(world.queue.stats()).rejects.toMatchObject({ code: "broker_unavailable", retryable: true });
    await server.start();
    const settled = await world.consumer.settle([{ delivery: held!, action: "ack" }]);
    expect(settled).toEqual([{ status: "settled" }]);
    expect(await world.take(10, 5_000)).toMatchObject([{ messageId: "two" }]);
  });

  it("a connection that swallows everything is found out and replaced [F22]", async () => {
    await using server = await startRedisServer();
    await using hole = await BlackHole.open(server.port);
    await using world = await open(server.url, { url: hole.url });
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
  });

  it("a send, a settle and an extend end within the time that they are given", async () => {
    await using server = await startRedisServer();
    await using hole = await BlackHole.open(server.port);
    await using world = await open(server.url, { url: hole.url });
    await world.send(["job"]);
    const [delivery] = await world.take(1);
    hole.swallow();
    const elapsedMs = startStopwatch();
    const options = { timeoutMs: 300 };
    const calls = await Promise.allSettled([
      world.queue.send([{ id: "late", label: "late", body: "{}" }], options),
      world.consumer.settle([{ delivery: delivery!, action: "ack" }], options),
      world.consumer.extend([delivery!], 1_000, options),
    ]);
    expect(elapsedMs()).toBeLessThan(3_000);
    for (const call of calls)
      expect(call).toMatchObject({ status: "rejected", reason: { code: "broker_unavailable" } });
  });

  it("closing takes no time while the broker swallows everything, and ends a receive that waits [F23]", async () => {
    await using server = await startRedisServer();
    await using hole = await BlackHole.open(server.port);
    const world = await open(server.url, { url: hole.url });
    const waiting = world.take(1, 60_000);
    await world.send(["first"]);
    expect(await waiting).toHaveLength(1);
    const next = world.take(1, 60_000);
    hole.swallow(true);
    const elapsedMs = startStopwatch();
    await world[Symbol.asyncDispose]();
    expect(await next).toEqual([]);
    expect(elapsedMs()).toBeLessThan(1_000);
  });

  it("at its limit of memory and on a replica Redis refuses with clear errors, and nothing is lost [F24]", async () => {
    await using server = await startRedisServer({ appendonly: true });
    await using world = await open(server.url);
    await world.send(["job"]);
    await world.client.config("SET", "maxmemory", "1mb");
    const refused = { code: "broker_unavailable", retryable: true, maybeSent: false };
    await expect(world.send(["refused"])).rejects.toMatchObject(refused);
    // BullMQ's take begins with a write that needs memory.
    await expect(world.take(1)).rejects.toMatchObject({ code: "broker_unavailable", retryable: true });
    await world.client.config("SET", "maxmemory", "0");
    await world.client.replicaof("127.0.0.1", 1);
    await expect(world.send(["refused"])).rejects.toMatchObject(refused);
    await world.client.replicaof("NO", "ONE");
    await expect
      .poll(() => world.take(1, 1_000).catch(() => []), { timeout: 10_000 })
      .toMatchObject([{ messageId: "job" }]);
  });

  it("a call that waits for Redis until after the close leaves no worker of BullMQ on the connection [F20]", async () => {
    await using server = await startRedisServer({ appendonly: true, appendfsync: "always" });
    const workers = new Set<object>();
    await using world = await open(server.url, { load: () => loadWatched(workers) });
    await world.send(["job"]);
    const [held] = await world.take(1);
    expect(workers.size).toBe(1);
    await server.kill();
    const late = { id: "late", label: "late", body: "{}" };
    const send = () => world.queue.send([late], { timeoutMs: 50 }).catch(String);
    await expect.poll(send).toContain("ECONNREFUSED");
    const settling = world.consumer.settle([{ delivery: held!, action: "ack" }]);
    await world.consumer.close();
    expect(workers.size).toBe(0);
    await server.start();
    expect(await settling).toEqual([{ status: "settled" }]);
    await expect.poll(() => workers.size).toBe(0);
  });

  it("BullMQ prints nothing, whatever the settings of the server and the state of the connection", async () => {
    const printed = (["log", "info", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(() => {}),
    );
    await using server = await startRedisServer({ args: ["--maxmemory-policy", "allkeys-lru"] });
    await using world = await open(server.url);
    await world.send(["job"]);
    await world.take(1);
    await server.kill();
    await expect(world.queue.stats()).rejects.toMatchObject({ code: "broker_unavailable" });
    await world[Symbol.asyncDispose]();
    expect(printed.map(({ mock }) => mock.calls)).toEqual(printed.map(() => []));
    vi.restoreAllMocks();
  });
});

/** BullMQ, whose open workers are in `workers`. */
async function loadWatched(workers: Set<object>): Promise<LoadedBullmq> {
  const { classes, version } = await loadBullmq();
  const openWorker: typeof classes.openWorker = (...call) => {
    const worker = classes.openWorker(...call);
    const close = () => {
      workers.delete(watched);
      return worker.close();
    };
    const watched = { ...worker, close };
    workers.add(watched);
    return watched;
  };
  return { classes: { ...classes, openWorker }, version };
}
