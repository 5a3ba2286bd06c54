import { systemClock } from "@jobs/core/runtime";
import { startStopwatch } from "@jobs/core/testing";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, type ExpectStatic, expect, it } from "vitest";
import { QUEUE, RedisWorld } from "./redis-world.ts";

describe.runIf(await hasRedis())("a receive that waits", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("is called off within abortMs, and its turn takes nothing that comes later", async () => {
    await using world = await RedisWorld.open(server.url);
    const caller = new AbortController();
    const received = world.consumer.receive({ max: 10, waitMs: 5_000, signal: caller.signal });
    await someoneWaits(world);
    const sinceAbortMs = startStopwatch();
    caller.abort();
    expect(await received).toEqual([]);
    expect(sinceAbortMs()).toBeLessThan(world.consumer.capabilities.abortMs);
    await world.send(["later"]);
    const other = await world.broker.openConsumer(QUEUE, { leaseMs: 30_000 });
    const { signal } = new AbortController();
    expect(await other.receive({ max: 1, waitMs: 0, signal })).toMatchObject([
      { messageId: "later", deliveryCount: 1 },
    ]);
  });

  it("brings a job in the turn behind the mark, leased no longer than it says", async () => {
    await using world = await RedisWorld.open(server.url, { leaseMs: 3_000 });
    const received = world.take(10, 5_000);
    await someoneWaits(world);
    await world.send(["job"]);
    const [delivery] = await received;
    const leftMs = delivery!.leaseUntil - systemClock.monotonic();
    expect(delivery).toMatchObject({ messageId: "job", deliveryCount: 1 });
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual((await world.client.pttl(world.key("job:lock"))) + 1);
  });

  it("passes the mark on while there is more, and wakes the next who waits", async () => {
    await using world = await RedisWorld.open(server.url, { sweepMs: 60_000 });
    const other = await world.broker.openConsumer(QUEUE, { leaseMs: 30_000 });
    const { signal } = new AbortController();
    const first = world.take(1, 5_000);
    const second = other.receive({ max: 1, waitMs: 5_000, signal });
    const waiting = async () =>
      ((await world.client.client("LIST")) as string).match(/ cmd=bzpopmin /g)?.length;
    await expect.poll(waiting).toBe(2);
    const sinceSentMs = startStopwatch();
    await world.send(["one", "two"]);
    const taken = await Promise.all([first, second]);
    expect(sinceSentMs()).toBeLessThan(4_000);
    expect(
      taken
        .flat()
        .map(({ messageId }) => messageId)
        .sort(),
    ).toEqual(["one", "two"]);
  });

  it("goes on although Redis has forgotten the script", async () => {
    await using world = await RedisWorld.open(server.url);
    const received = world.take(10, 5_000);
    await someoneWaits(world);
    await world.client.script("FLUSH");
    await world.send(["job"]);
    expect(await received).toMatchObject([{ messageId: "job" }]);
  });
});

// On a server for each test: a connection is silent for seconds, and these tests wait at the same time.
describe.runIf(await hasRedis({ isOwn: true }))("a receive that waits long", { concurrent: true }, () => {
  it.for([
    { sweepMs: 60_000, leaseMs: 60_000 },
    { sweepMs: 5_000, leaseMs: 30_000 },
    { sweepMs: 1, leaseMs: 1 },
    { sweepMs: Number.MAX_SAFE_INTEGER, leaseMs: 1e12 },
  ])(
    "keeps its connections while nothing comes, whatever the settings are: %j",
    { timeout: 20_000 },
    async (settings, test) => {
      await using server = await startRedisServer({ appendonly: false });
      await using world = await RedisWorld.open(server.url, settings);
      const received = world.take(1, 6_000);
      await someoneWaits(world, test.expect);
      const before = await connectionsOf(world);
      // Longer than a connection may be silent.
      expect(await received).toEqual([]);
      expect(await connectionsOf(world)).toEqual(before);
      await world.send(["job"]);
      expect(await world.take(1, 1_000)).toMatchObject([{ messageId: "job" }]);
    },
  );
});

/** Resolves once a connection waits for the mark. Of tests at the same time, only the `expect` of a test can poll. */
async function someoneWaits({ client }: RedisWorld, expectOfTest: ExpectStatic = expect): Promise<void> {
  await expectOfTest.poll(() => client.client("LIST")).toMatch(/ cmd=bzpopmin /);
}

/** Who is connected to the server, by the numbers that it gives. */
async function connectionsOf({ client }: RedisWorld): Promise<readonly string[]> {
  return [...((await client.client("LIST")) as string).matchAll(/^id=(\d+)/gm)].map(([, id]) => id ?? "");
}
