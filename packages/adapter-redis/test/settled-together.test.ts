import type { Delivery } from "@jobs/core/broker";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const IDS = ["one", "two", "three", "four"];
const SETTLED = { status: "settled" };
const LOST = { status: "lost" };

describe.runIf(await hasRedis())("jobs that are acknowledged together", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("leave the list of active jobs in one command, in any order", async () => {
    await using world = await RedisWorld.open(server.url);
    const [one, two, three, four] = await leased(world);
    await world.client.config("RESETSTAT");
    expect(await ack(world, [three, one, two])).toEqual([SETTLED, SETTLED, SETTLED]);
    expect(await listCommands(world)).toEqual(["lrange", "ltrim"]);
    expect(await active(world)).toEqual(["four"]);
    expect(await ack(world, [four])).toEqual([SETTLED]);
    expect(await world.client.keys(world.key("*:lock"))).toEqual([]);
  });

  it("leave older jobs of another consumer there", async () => {
    await using world = await RedisWorld.open(server.url);
    const [one, two, three, four] = await leased(world);
    expect(await ack(world, [four, two, three])).toEqual([SETTLED, SETTLED, SETTLED]);
    expect(await active(world)).toEqual(["one"]);
    expect(await ack(world, [one])).toEqual([SETTLED]);
  });

  it("count once where a lease is there twice", async () => {
    await using world = await RedisWorld.open(server.url);
    const [one, two] = await leased(world);
    expect(await ack(world, [one, two, one])).toEqual([SETTLED, SETTLED, LOST]);
    expect(await active(world)).toEqual(["four", "three"]);
  });

  it("leave a job there whose lease another consumer holds", async () => {
    await using world = await RedisWorld.open(server.url);
    const [one, two, three] = await leased(world);
    await world.client.set(world.key("two:lock"), "of another");
    expect(await ack(world, [one, two, three])).toEqual([SETTLED, LOST, SETTLED]);
    expect(await active(world)).toEqual(["four", "two"]);
  });

  it("leave the other entry of a job there that is listed twice", async () => {
    await using world = await RedisWorld.open(server.url);
    const [one, two] = await leased(world);
    await world.client.rpush(world.key("active"), "one");
    expect(await ack(world, [one, two])).toEqual([SETTLED, SETTLED]);
    expect(await active(world)).toEqual(["four", "three", "one"]);
  });
});

/** Jobs in the order in which they were taken. */
async function leased(world: RedisWorld): Promise<readonly [Delivery, Delivery, Delivery, Delivery]> {
  await world.send(IDS);
  const taken = await world.take();
  expect(taken.map(({ messageId }) => messageId)).toEqual(IDS);
  return taken as readonly Delivery[] as readonly [Delivery, Delivery, Delivery, Delivery];
}

function ack(world: RedisWorld, deliveries: readonly Delivery[]) {
  return world.consumer.settle(deliveries.map((delivery) => ({ delivery, action: "ack" })));
}

function active({ client, prefix }: RedisWorld): Promise<readonly string[]> {
  return client.lrange(`${prefix}:${QUEUE}:active`, 0, -1);
}

/** The commands on lists since the statistics were reset. */
async function listCommands({ client }: RedisWorld): Promise<readonly string[]> {
  const stats = (await client.info("commandstats")).matchAll(/^cmdstat_(l\w+):/gm);
  return [...stats].flatMap(([, name = ""]) => (name === "latency" ? [] : [name])).sort();
}
