import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis } from "../src/index.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

/** Lists and sets that a job is in, one at a time. */
const LINES = ["wait", "active", "prioritized", "delayed", "failed"] as const;

/** Keys that no job depends on. */
const ASIDE = ["events", "marker", "id", "pc", "stalled", "completed", "jobs:sweep-from"];

describe.runIf(await hasRedis())("keys that hold something else", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Ids in the lines of a queue, as often as they are there. */
  async function idsInLine({ client, key }: RedisWorld): Promise<readonly string[]> {
    const lines = LINES.map(async (line) =>
      (await client.type(key(line))) === "zset"
        ? client.zrange(key(line), "0", "-1")
        : client.lrange(key(line), "0", "-1"),
    );
    return (await Promise.all(lines)).flat().sort();
  }

  /** Eight jobs, six of them leased. */
  async function openWorld(): Promise<RedisWorld> {
    const world = await RedisWorld.open(server.url, { leaseMs: 60_000, sweepMs: 20, keepFinished: 5 });
    world.key = world.key.bind(world);
    await world.send(["retried", "deferred", "dead", "released", "extended"]);
    await world.send(["ranked"], { priority: 3 });
    await world.send(["waiting"]);
    await world.send(["later"], { delayMs: 1 });
    return world;
  }

  /** Calls all operations. Returns the errors. */
  async function tryAll(world: RedisWorld): Promise<readonly unknown[]> {
    const { consumer, queue } = world;
    const taken = new Map((await world.take(6).catch(() => [])).map((one) => [one.messageId, one]));
    const settle = (id: string, how: object) => async () => {
      const delivery = taken.get(id);
      if (delivery !== undefined) await consumer.settle([{ delivery, ...how } as never]);
    };
    const attempts: readonly (() => Promise<unknown>)[] = [
      settle("retried", { action: "retry", delayMs: 0, failed: true }),
      settle("deferred", { action: "retry", delayMs: 1, failed: true }),
      settle("dead", { action: "dead", reason: "fatal" }),
      settle("released", { action: "release" }),
      settle("ranked", { action: "release" }),
      () => consumer.extend([...taken.values()], 60_000),
      () => world.take(3),
      () => world.send(["new", "new-too"]),
      () => world.send(["new-ranked"], { priority: 2 }),
      () => world.send(["new-later", "new-later-too"], { delayMs: 1 }),
      () => queue.stats(),
      () => queue.peek({ state: "ready", limit: 10 }),
      () => queue.remove(["nobody"]),
      () => queue.redrive({ limit: 1 }),
      () => queue.pause(),
      () => queue.resume(),
    ];
    const refusals: unknown[] = [];
    for (const attempt of attempts) await attempt().catch((error: unknown) => refusals.push(error));
    return refusals;
  }

  /** Each stored job is in one line, and each in a line is stored. */
  async function expectNobodyMissing(world: RedisWorld): Promise<void> {
    const keys = await world.client.keys(world.key("*"));
    const jobs: string[] = [];
    for (const key of keys) {
      if ((await world.client.type(key)) === "hash" && !key.endsWith(":meta"))
        jobs.push(key.slice(world.key("").length));
    }
    expect(await idsInLine(world)).toEqual(jobs.sort());
    expect(jobs).toEqual(
      expect.arrayContaining(["retried", "deferred", "dead", "released", "ranked", "waiting", "later"]),
    );
  }

  it.each(LINES)(
    "a text in the place of %s is a refusal that stays one, and no job leaves every list",
    async (line) => {
      await using world = await openWorld();
      if (line !== "wait" && line !== "active") await world.take(1);
      const had = (await world.client.exists(world.key(line))) === 1;
      if (had) await world.client.rename(world.key(line), world.key("put-by"));
      await world.client.set(world.key(line), "text");
      const refusals = await tryAll(world);
      expect(refusals.length).toBeGreaterThan(3);
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({ code: "broker_unavailable", retryable: false, message: /WRONGTYPE/ });
      }
      const late = redis({ url: server.url, prefix: world.prefix, onWarning: () => {} });
      await expect(late.openQueue(QUEUE)).rejects.toMatchObject({
        code: "invalid_config",
        message: expect.stringContaining(`${world.key(line)} holds a string`),
      });
      await late.close();
      await world.client.del(world.key(line));
      if (had) await world.client.rename(world.key("put-by"), world.key(line));
      await expectNobodyMissing(world);
      expect(await tryAll(world)).toEqual([]);
      await expectNobodyMissing(world);
    },
  );

  it.each(ASIDE)("nothing waits for %s, which holds a text", async (name) => {
    await using world = await openWorld();
    await world.client.del(world.key(name));
    await world.client.set(world.key(name), "text");
    const refusals = await tryAll(world);
    if (name !== "completed") expect(refusals).toEqual([]);
    await expectNobodyMissing(world);
    await world.send(["last"]);
    await expect
      .poll(async () => (await world.take(20, 1_000)).map(({ messageId }) => messageId))
      .toContain("last");
  });

  it("counters that are no numbers begin again, and a lock that never ends ends", async () => {
    await using world = await RedisWorld.open(server.url, { leaseMs: 60_000, sweepMs: 20 });
    const { client, consumer } = world;
    await world.send(["odd"], { priority: 5 });
    const odd = { ats: "many", failures: "1e300", stc: "-3", atm: "x", priority: "nan", redrives: "?" };
    await client.hset(world.key("odd"), odd);
    const [first] = await world.take(1);
    expect(first).toMatchObject({ deliveryCount: 1, failureCount: 0, crashCount: 0 });
    await client.hset(world.key("odd"), "failures", "x", "stc", "x");
    await consumer.settle([{ delivery: first!, action: "retry", delayMs: 0, failed: true }]);
    const [second] = await world.take(1);
    expect(second).toMatchObject({ deliveryCount: 2, failureCount: 1 });
    await client.del(world.key("odd:lock"));
    const [third] = await world.take(1, 5_000);
    expect(third).toMatchObject({ deliveryCount: 3, failureCount: 1, crashCount: 1 });
    await consumer.settle([{ delivery: third!, action: "dead", reason: "fatal" }]);
    expect(await world.queue.redrive({ limit: 1 })).toEqual({ moved: 1 });
    const [fourth] = await world.take(1);
    expect(fourth).toMatchObject({ deliveryCount: 1, failureCount: 0, crashCount: 0 });

    await client.persist(world.key("odd:lock"));
    await expect
      .poll(async () => {
        await world.queue.stats();
        return client.pttl(world.key("odd:lock"));
      })
      .toBeGreaterThan(0);
    await client.del(world.key("odd:lock"));
    await client.rpush(world.key("odd:lock"), "x");
    expect(await consumer.settle([{ delivery: fourth!, action: "ack" }])).toEqual([{ status: "lost" }]);
  });

  it("a concurrency, a length of events or a version that is no number stops nothing", async () => {
    await using world = await openWorld();
    await world.client.hset(world.key("meta"), "concurrency", "few", "opts.maxLenEvents", "long");
    expect(await tryAll(world)).toEqual([]);
    await expectNobodyMissing(world);
  });

  it.each([
    ["a text", (world: RedisWorld, key: string) => world.client.set(key, "raw")],
    ["a list", (world: RedisWorld, key: string) => world.client.rpush(key, "raw")],
  ])(
    "a job that is %s ends as a dead letter whose bytes are kept, whenever it became one",
    async (_, put) => {
      await using world = await RedisWorld.open(server.url, { leaseMs: 60_000, sweepMs: 20 });
      const { client, consumer, queue } = world;
      const spoil = async (id: string) => {
        await client.del(world.key(id));
        await put(world, world.key(id));
      };
      await world.send(["ready", "leased", "expired"]);
      await world.send(["deferred"], { delayMs: 1 });
      await spoil("ready");
      await spoil("deferred");
      const shown = async () => (await queue.peek({ state: "ready", limit: 10 })).messages;
      await expect.poll(shown).toHaveLength(4);
      const taken = await world.take(4);
      expect(taken).toHaveLength(4);
      const of = (id: string) => taken.find(({ messageId }) => messageId === id)!;
      await spoil("leased");
      await spoil("expired");
      await client.del(world.key("expired:lock"));
      await consumer.settle([{ delivery: of("leased"), action: "retry", delayMs: 0, failed: true }]);
      const again = [...(await world.take(2, 5_000)), ...(await world.take(2, 5_000))];
      expect(again.map(({ messageId }) => messageId).sort()).toEqual(["expired", "leased"]);
      for (const delivery of [of("ready"), of("deferred"), ...again]) {
        await consumer.settle([{ delivery, action: "dead", reason: "undecodable" }]);
      }
      expect(await queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 }, dead: { n: 4 } });
      for (const id of ["ready", "leased", "expired", "deferred"]) {
        const { messages } = await queue.peek({ state: "dead", limit: 1, id });
        const isKept =
          messages[0]?.body === "raw" || (await client.exists(world.key(`${id}:unreadable`))) === 1;
        expect([id, isKept]).toEqual([id, true]);
      }
      const ids = ["ready", "leased", "expired", "deferred"];
      expect((await queue.remove(ids)).map(({ status }) => status)).toEqual(ids.map(() => "removed"));
      expect(
        (await client.keys(world.key("*"))).filter((key) => /ready|leased|expired|deferred/.test(key)),
      ).toEqual([]);
    },
  );

  it.each([
    ["a lone byte", Buffer.from([0xff, 0x41])],
    ["half of a surrogate pair", Buffer.from([0xed, 0xa0, 0x80])],
    ["a character that is cut off", Buffer.from("é").subarray(0, 1)],
    ["a NUL and a byte", Buffer.from([0x00, 0x80])],
  ])("a job whose id is no UTF-8 (%s) is run once under an id that can be told", async (_, id) => {
    await using world = await RedisWorld.open(server.url, { leaseMs: 200, sweepMs: 20 });
    const { client, consumer } = world;
    const key = Buffer.concat([Buffer.from(world.key("")), id]);
    for (const line of ["wait", "failed"]) {
      await client.hset(key, "name", "tell", "data", '{"name":"raw"}', "timestamp", 1);
      if (line === "wait") await client.lpush(world.key(line), id);
      else await client.zadd(world.key(line), 1, id);
      if (line === "wait") {
        const [delivery] = await world.take(1);
        expect(delivery).toMatchObject({
          body: '{"name":"raw"}',
          messageId: expect.stringMatching(/^bytes-[0-9a-f]{40}$/),
        });
        expect(await client.hgetBuffer(world.key(delivery!.messageId), "rawId")).toEqual(id);
        expect(await consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([
          { status: "settled" },
        ]);
        expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 } });
      } else {
        const [message] = (await world.queue.peek({ state: "dead", limit: 1 })).messages;
        expect(await world.queue.redrive({ limit: 1, ids: [message!.messageId] })).toEqual({ moved: 1 });
        expect(await world.take(1)).toMatchObject([
          { messageId: message!.messageId, body: '{"name":"raw"}' },
        ]);
      }
    }
  });

  it("ids in other scripts than Latin stay as they are", async () => {
    await using world = await RedisWorld.open(server.url);
    const id = "é-汉-😀-\u{10ffff}-5:6";
    await world.client.hset(world.key(id), "data", "{}");
    await world.client.lpush(world.key("wait"), id);
    const [delivery] = await world.take(1);
    expect(delivery).toMatchObject({ messageId: id });
    expect(await world.consumer.settle([{ delivery: delivery!, action: "ack" }])).toEqual([
      { status: "settled" },
    ]);
  });
});
