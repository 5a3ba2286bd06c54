import { scanPages } from "@jobs/core/broker";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis } from "../src/index.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

/** More than Lua can unpack at once, and so too many for one script. */
const MANY = 12_000;

/** The most commands of one script. A script that handles all of MANY needs more. */
const MOST_COMMANDS = 20_000;

describe.runIf(await hasRedis())("what a script finds can be of any size", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Runs `program` in Redis for each of the numbers from 1 to `count`. */
  async function fill({ client, prefix }: RedisWorld, count: number, program: string): Promise<void> {
    const text = `local p = ARGV[1] for n = tonumber(ARGV[2]), tonumber(ARGV[3]) do local id = 'job-' .. n ${program} end`;
    for (let from = 1; from <= count; from += 5_000) {
      await client.eval(text, 0, `${prefix}:${QUEUE}:`, from, Math.min(from + 4_999, count));
    }
  }

  /** Counts the commands that scripts run from now on, and how many there are to each script. */
  async function countCommands({ client }: RedisWorld): Promise<() => Promise<number>> {
    await client.config("RESETSTAT");
    return async () => {
      const calls = [...(await client.info("commandstats")).matchAll(/cmdstat_([^:]+):calls=(\d+)/g)];
      const sum = (isScript: boolean) =>
        calls.reduce(
          (total, [, name, n]) => total + (/^eval/.test(name ?? "") === isScript ? Number(n) : 0),
          0,
        );
      return sum(false) / sum(true);
    };
  }

  it("an ack is taken although far more finished jobs are kept than should be, and they are fewer after each", async () => {
    await using world = await RedisWorld.open(server.url, { keepFinished: 10 });
    const program =
      "redis.call('HSET', p .. id, 'data', '{}') redis.call('ZADD', p .. 'completed', n, id) redis.call('RPUSH', p .. id .. ':logs', 'line')";
    await fill(world, MANY, program);
    await world.send(["one", "two"]);
    const taken = await world.take(2);
    const settled = await world.consumer.settle(taken.map((delivery) => ({ delivery, action: "ack" })));
    expect(settled).toEqual([{ status: "settled" }, { status: "settled" }]);
    const kept = await world.client.zcard(world.key("completed"));
    expect(kept).toBeLessThan(MANY - 50);
    expect(kept).toBeGreaterThan(MANY - 1_000);
    expect(await world.client.exists(world.key("job-1"), world.key("job-1:logs"))).toBe(0);
    for (let more = 0; more < 150; more++) {
      await world.send(["next"]);
      const [delivery] = await world.take(1);
      await world.consumer.settle([{ delivery: delivery!, action: "ack" }]);
      await world.client.zrem(world.key("completed"), "next");
      await world.client.del(world.key("next"));
    }
    expect(await world.client.zcard(world.key("completed"))).toBeLessThanOrEqual(10);
  });

  it("an ack is taken although the set of finished jobs is none", async () => {
    await using world = await RedisWorld.open(server.url, { keepFinished: 10 });
    await world.send(["job"]);
    const [delivery] = await world.take(1);
    await world.client.set(world.key("completed"), "text");
    expect(await world.consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([
      { status: "settled" },
    ]);
    expect(await world.client.exists(world.key("job"))).toBe(0);
  });

  it("a page begins where the last one ended, also while workers take jobs, without a search through the list", async () => {
    await using world = await RedisWorld.open(server.url);
    await fill(world, MANY, "redis.call('HSET', p .. id, 'data', n) redis.call('LPUSH', p .. 'wait', id)");
    await world.client.config("RESETSTAT");
    const seen: string[] = [];
    for await (const { messages } of scanPages(world.queue, { state: "ready", pageSize: 1_000 })) {
      seen.push(...messages.map(({ messageId }) => messageId));
      await world.take(100);
    }
    expect(seen).toEqual(Array.from({ length: MANY }, (_, index) => `job-${index + 1}`));
    expect(await world.client.info("commandstats")).not.toContain("cmdstat_lpos");
  });

  it("counts and shows what is overdue without moving it, and no script works on all", async () => {
    await using world = await RedisWorld.open(server.url);
    const program = `redis.call('HSET', p .. id, 'name', 'tell', 'data', '{}', 'timestamp', 1, 'delay', 1)
      redis.call('ZADD', p .. 'delayed', n * 4096, id)`;
    await fill(world, MANY, program);
    await world.send(["later"], { delayMs: 60_000 });
    const perScript = await countCommands(world);
    const stats = await world.queue.stats();
    expect(await perScript()).toBeLessThan(MOST_COMMANDS);
    expect(stats).toMatchObject({ ready: { n: MANY }, delayed: { n: 1 } });
    expect(stats.oldestReadyMs).toBeGreaterThan(0);
    const { messages } = await world.queue.peek({ state: "delayed", limit: 10 });
    expect(messages.map(({ messageId }) => messageId)).toEqual(["later"]);
    const ids: string[] = [];
    for (let cursor: string | undefined, page = 0; page < 100; page++) {
      const ready = await world.queue.peek({ state: "ready", limit: 500, ...(cursor && { cursor }) });
      ids.push(...ready.messages.map(({ messageId }) => messageId));
      cursor = ready.nextCursor;
      if (cursor === undefined) break;
    }
    expect(new Set(ids).size).toBe(MANY);
    expect(ids).toHaveLength(MANY);
    expect(await world.queue.peek({ state: "ready", limit: 1, id: `job-${MANY}` })).toMatchObject({
      messages: [{ messageId: `job-${MANY}` }],
    });
    expect(await perScript()).toBeLessThan(MOST_COMMANDS);
    await world.queue.purge();
    expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, delayed: { n: 0 } });
    expect(await perScript()).toBeLessThan(MOST_COMMANDS);
  });

  it("takes back any number of expired leases in steps, the oldest first, and finds one behind many that are held", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    await fill(world, MANY, "redis.call('HSET', p .. id, 'data', '{}', 'ats', 1)");
    await fill(world, MANY, "redis.call('LPUSH', p .. 'active', id)");
    const perScript = await countCommands(world);
    const [first] = await world.take(1);
    expect(first).toMatchObject({ messageId: "job-1", crashCount: 1 });
    expect(await perScript()).toBeLessThan(MOST_COMMANDS);
    // One step a turn, whatever the pace of sweeps is.
    for (let turn = 0; turn < 11; turn++) await world.take(1);
    expect(await world.client.llen(world.key("active"))).toBe(12);
    expect(await world.queue.stats()).toMatchObject({ ready: { n: MANY - 12 }, leased: { n: 12 } });
    expect(await perScript()).toBeLessThan(MOST_COMMANDS);

    await using held = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    await fill(
      held,
      3_000,
      "redis.call('LPUSH', p .. 'active', id) redis.call('SET', p .. id .. ':lock', 1, 'PX', 60000)",
    );
    await held.client.del(held.key("job-2500:lock"));
    expect(await held.queue.stats()).toMatchObject({ ready: { n: 1 }, leased: { n: 2_999 } });
    expect(await held.take(1)).toMatchObject([{ messageId: "job-2500", crashCount: 1 }]);
  });

  it("a worker that waits finds the expired lease behind many that are held", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 50 });
    await fill(
      world,
      3_000,
      "redis.call('LPUSH', p .. 'active', id) redis.call('SET', p .. id .. ':lock', 1, 'PX', 60000)",
    );
    await world.client.del(world.key("job-2500:lock"));
    expect(await world.take(1, 5_000)).toMatchObject([{ messageId: "job-2500" }]);
  });

  it("removes many from a long line, and any number of dead letters comes back", async () => {
    await using world = await RedisWorld.open(server.url);
    await fill(world, MANY, "redis.call('HSET', p .. id, 'data', '{}') redis.call('LPUSH', p .. 'wait', id)");
    const perScript = await countCommands(world);
    const ids = Array.from({ length: 1_000 }, (_, n) => `job-${MANY - n}`);
    const removed = await world.queue.remove([...ids, "nobody"]);
    expect(removed.map(({ id }) => id)).toEqual([...ids, "nobody"]);
    expect(removed.filter(({ status }) => status === "removed")).toHaveLength(1_000);
    expect(removed.at(-1)).toEqual({ id: "nobody", status: "not_found" });
    expect(await perScript()).toBeLessThan(MOST_COMMANDS);

    await using other = await RedisWorld.open(server.url);
    await fill(
      other,
      MANY,
      "redis.call('HSET', p .. id, 'data', '{}') redis.call('ZADD', p .. 'failed', n, id)",
    );
    expect(await other.queue.redrive({ limit: MANY })).toEqual({ moved: MANY });
    expect(await perScript()).toBeLessThan(MOST_COMMANDS);
  });

  it("lists and counts any number of marks, and none whose time is over", async () => {
    const broker = redis({ url: server.url, prefix: "many-marks", onWarning: () => {} });
    await using world = await RedisWorld.open(server.url);
    const key = "many-marks-jobs:mark:{set}";
    const program = `local name, key = 'm' .. n, '${key}'
      redis.call('HSET', key, name, 'v') redis.call('ZADD', key .. ':until', n % 3 == 0 and 4e12 or 1, name)`;
    await fill(world, MANY, program);
    const coordination = broker.coordination!;
    expect(await coordination.count("set")).toBe(MANY / 3);
    const listed = await coordination.list("set");
    expect(listed).toHaveLength(MANY / 3);
    expect(new Set(listed.map(({ name }) => name)).size).toBe(MANY / 3);
    expect(await coordination.claim({ set: "set", name: `m${MANY - 1}`, value: "mine" }, 60_000)).toBe(
      "mine",
    );
    await coordination.put({ set: "set", name: "for-ever", value: "v" }, Number.POSITIVE_INFINITY);
    await broker.close();
  });
});
