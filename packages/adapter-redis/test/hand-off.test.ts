import { encodeEnvelope, type OutgoingMessage } from "@jobs/core/broker";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseReceipt } from "../src/receive/receipt.ts";
import { END_WAIT, handedKey, writeWaiting } from "../src/scripts/hand-off.lua.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

describe.runIf(await hasRedis())("a job for a consumer that waits", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("is leased by the script that stores it, which wakes the consumer", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    // Redis gets the text of a script once.
    await send(world, "before");
    const [before] = await world.take();
    await world.consumer.settle([{ delivery: before!, action: "ack" }]);
    const received = world.take(10, 5_000);
    await isAwaited(world);
    await world.client.config("RESETSTAT");
    await send(world, "job");
    const [delivery] = await received;
    expect(await calls(world)).toMatchObject({ evalsha: 1 });
    expect(delivery).toMatchObject({
      messageId: "job",
      body: message("job").body,
      deliveryCount: 1,
      failureCount: 0,
      crashCount: 0,
    });
    const { token } = parseReceipt(delivery!.receipt);
    expect(await world.client.get(world.key("job:lock"))).toBe(token);
    expect(await world.consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([
      { status: "settled" },
    ]);
    expect(await world.client.exists(world.key("job"), world.key("job:lock"), world.key("active"))).toBe(0);
  });

  it("has the fields of any leased job, and its events", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.queue.send([message("one"), message("two")]);
    const taken = await world.take(2);
    await world.consumer.settle(taken.slice(1).map((delivery) => ({ delivery, action: "ack" })));
    const received = world.take(1, 5_000);
    await isAwaited(world);
    await world.client.del(world.key("events"));
    await send(world, "handed");
    expect(await received).toHaveLength(1);
    const fields = async (id: string) => Object.keys(await world.client.hgetall(world.key(id))).sort();
    expect(await fields("handed")).toEqual(await fields("one"));
    const events = await world.client.xrange(world.key("events"), "-", "+");
    expect(events.map(([, [, event]]) => event)).toEqual(["added", "waiting", "active"]);
  });

  it("goes to one consumer alone, and the next one to another", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    const other = await world.broker.openConsumer(QUEUE, { leaseMs: 30_000 });
    const { signal } = new AbortController();
    const both = [world.take(5, 5_000), other.receive({ max: 5, waitMs: 5_000, signal })];
    await isAwaited(world, 2);
    await send(world, "one");
    await send(world, "two");
    const ids = (await Promise.all(both)).map((taken) => taken.map(({ messageId }) => messageId));
    expect(ids.sort()).toEqual([["one"], ["two"]]);
  });

  it.each([
    ["is paused", ["paused", "1"]],
    ["has a limit of leases", ["concurrency", "5"]],
    ["has a limit of starts", ["max", "5", "duration", "1000"]],
  ])("is not leased while the queue %s", async (_, settings) => {
    await using world = await RedisWorld.open(server.url);
    await goneConsumer(world);
    await world.client.hset(world.key("meta"), ...settings);
    await send(world, "job");
    expect(await world.client.lrange(world.key("wait"), 0, -1)).toEqual(["job"]);
  });

  it("is not leased while BullMQ's limit of starts is reached", async () => {
    await using world = await RedisWorld.open(server.url);
    await goneConsumer(world);
    await world.client.set(world.key("limiter"), "5", "PX", 60_000);
    await send(world, "job");
    expect(await world.client.lrange(world.key("wait"), 0, -1)).toEqual(["job"]);
  });

  it.each([
    ["ready", {}, "wait"],
    ["with a priority", { priority: 3 }, "prioritized"],
  ])("is behind a job %s", async (_, options, key) => {
    await using world = await RedisWorld.open(server.url);
    await world.queue.send([{ ...message("first"), ...options }]);
    await goneConsumer(world);
    await send(world, "job");
    expect(await world.client.exists(world.key(key))).toBe(1);
    expect(await world.client.exists(world.key("active"))).toBe(0);
    expect((await world.take()).map(({ messageId }) => messageId)).toEqual(["first", "job"]);
  });

  it("is behind a job that has become due, and before one that has not", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.queue.send([{ ...message("due"), delayMs: 1 }]);
    await world.queue.send([{ ...message("later"), delayMs: 60_000 }]);
    await expect.poll(async () => (await world.queue.stats()).ready.n).toBe(1);
    await goneConsumer(world);
    await send(world, "job");
    expect((await world.take()).map(({ messageId }) => messageId)).toEqual(["due", "job"]);
    await goneConsumer(world, { graceMs: 60_000 });
    await send(world, "handed");
    expect(await world.client.lindex(world.key("active"), 0)).toBe("handed");
  });

  it.each([
    ["before the lease has ended", 30_000],
    ["after the lease has ended", 1],
  ])("goes back %s, first and without a crash, if its consumer has gone", async (_, leaseMs) => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 20 });
    await goneConsumer(world, { leaseMs });
    await send(world, "handed");
    await world.queue.send([message("later")]);
    expect(await world.client.lrange(world.key("active"), 0, -1)).toEqual(["handed"]);
    // Statistics begin with a sweep.
    await expect.poll(async () => (await world.queue.stats()).leased.n).toBe(0);
    const taken = await world.take();
    expect(taken.map(({ messageId }) => messageId)).toEqual(["handed", "later"]);
    expect(taken[0]).toMatchObject({ deliveryCount: 1, crashCount: 0 });
    expect(await world.client.exists(world.key(handedKey("gone")))).toBe(0);
    expect(await world.client.zscore(world.key("jobs:waiting"), entry({ leaseMs }))).toBeNull();
  });

  it("is offered to all again when it goes back", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    await goneConsumer(world);
    await send(world, "job");
    expect(await world.client.exists(world.key("marker"))).toBe(0);
    await expect.poll(async () => (await world.queue.stats()).leased.n).toBe(0);
    expect(await world.client.lrange(world.key("wait"), 0, -1)).toEqual(["job"]);
    expect(await world.client.zrange(world.key("marker"), "0", "-1")).toEqual(["0"]);
  });

  it("counts to what a consumer asks for that something else has woken, and others are woken", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    await goneConsumer(world, { graceMs: 60_000 });
    await send(world, "handed");
    await send(world, "ready");
    await world.client.rename(world.key("wait"), world.key("hidden"));
    await world.client.del(world.key("marker"), world.key("jobs:waiting"));
    const received = world.take(1, 60_000);
    await isAwaited(world);
    const [member = ""] = await world.client.zrange(world.key("jobs:waiting"), "0", "-1");
    const own = world.key(handedKey(member.split(":")[0] ?? ""));
    await world.client
      .multi()
      .rename(world.key("hidden"), world.key("wait"))
      .zadd(world.key("marker"), 0, "0")
      .rename(world.key(handedKey("gone")), own)
      .exec();
    expect((await received).map(({ messageId }) => messageId)).toEqual(["handed"]);
    expect(await world.client.zrange(world.key("marker"), "0", "-1")).toEqual(["0"]);
    expect((await world.take()).map(({ messageId }) => messageId)).toEqual(["ready"]);
  });

  it("stays handed when the wait is ended too late to see it", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    await goneConsumer(world, { graceMs: 60_000 });
    await send(world, "job");
    const mark = world.key("jobs:marker:gone");
    await world.client.eval(END_WAIT.text, 1, mark, world.key(""), entry({ graceMs: 60_000 }));
    expect(await world.client.zscore(world.key("jobs:waiting"), entry({ graceMs: 60_000 }))).not.toBeNull();
    expect(await world.client.exists(mark)).toBe(0);
  });

  it("is offered to nobody whose wait has ended, and a sweep forgets such consumers", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 20 });
    await goneConsumer(world, { waitMs: -1 });
    await send(world, "job");
    expect(await world.client.lrange(world.key("wait"), 0, -1)).toEqual(["job"]);
    await world.queue.stats();
    expect(await world.client.exists(world.key("jobs:waiting"))).toBe(0);
  });

  it("reaches its consumer although the wait has lost its connection", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    const received = world.take(10, 10_000);
    const id = await isAwaited(world);
    await world.client.client("KILL", "ID", id);
    await send(world, "job");
    const [delivery] = await received;
    expect(delivery).toMatchObject({ messageId: "job", deliveryCount: 1 });
    expect(await world.client.get(world.key("job:lock"))).toBe(parseReceipt(delivery!.receipt).token);
  });

  it("is left to others once its consumer has stopped to wait", async () => {
    await using world = await RedisWorld.open(server.url);
    const caller = new AbortController();
    const received = world.consumer.receive({ max: 1, waitMs: 5_000, signal: caller.signal });
    await isAwaited(world);
    caller.abort();
    expect(await received).toEqual([]);
    expect(await world.client.exists(world.key("jobs:waiting"))).toBe(0);
    await send(world, "job");
    expect(await world.client.lrange(world.key("wait"), 0, -1)).toEqual(["job"]);
  });

  it("is told to be a duplicate by the same script", async () => {
    await using world = await RedisWorld.open(server.url);
    await send(world, "job");
    await world.client.config("RESETSTAT");
    expect(await world.queue.send([message("job")])).toEqual([{ status: "duplicate", messageId: "job" }]);
    expect(await calls(world)).toMatchObject({ evalsha: 1 });
  });
});

/** An envelope: other bodies are stored whole, and are not handed over. */
function message(id: string): OutgoingMessage {
  const enqueuedAt = "2026-11-30T12:00:00.000Z";
  const body = encodeEnvelope({ v: 1, task: "tell", params: { n: 1 }, id, sig: "n", enqueuedAt });
  return { id, label: "tell", body };
}

async function send(world: RedisWorld, id: string): Promise<void> {
  expect(await world.queue.send([message(id)])).toEqual([{ status: "sent", messageId: id }]);
}

/** Resolves once so many connections wait, with the number of the last. */
async function isAwaited({ client }: RedisWorld, count = 1): Promise<string> {
  const waiting = async () => [
    ...((await client.client("LIST")) as string).matchAll(/^id=(\d+) .* cmd=bzpopmin /gm),
  ];
  await expect.poll(async () => (await waiting()).length).toBe(count);
  return (await waiting()).at(-1)?.[1] ?? "";
}

function entry({ leaseMs = 30_000, graceMs = 1 } = {}): string {
  return writeWaiting({ consumerId: "gone", leaseMs, graceMs, holder: "@gone", workerName: "gone" });
}

interface GoneConsumer {
  readonly waitMs?: number;
  readonly leaseMs?: number;
  readonly graceMs?: number;
}

/** A consumer that has begun to wait and whose process has died since. */
async function goneConsumer(
  world: RedisWorld,
  { waitMs = 60_000, ...lease }: GoneConsumer = {},
): Promise<void> {
  await world.client.zadd(world.key("jobs:waiting"), Date.now() + waitMs, entry(lease));
}

/** How often each command has run since the statistics were reset. */
async function calls({ client }: RedisWorld): Promise<Readonly<Record<string, number>>> {
  const stats = (await client.info("commandstats")).matchAll(/^cmdstat_(\w+):calls=(\d+)/gm);
  return Object.fromEntries([...stats].map(([, name = "", count]) => [name, Number(count)]));
}
