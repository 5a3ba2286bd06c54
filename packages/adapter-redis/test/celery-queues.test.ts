import { readFileSync } from "node:fs";
import { createApp, defineTask, handle } from "@jobs/core";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis } from "../src/index.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const golden = new URL("../../core/src/envelope/codecs/golden/celery/", import.meta.url);
const MESSAGE = readFileSync(new URL("keywords.json", golden), "utf8");
const TAG = JSON.parse(MESSAGE).properties.delivery_tag;

/** kombu's separator between a queue's name and a priority below the highest. */
const LOW = "celery\u0006\u00163";

/** A message of the same task that was sent another time. */
function sentAgain(tag: unknown): string {
  const fields = JSON.parse(MESSAGE);
  return JSON.stringify({ ...fields, properties: { ...fields.properties, delivery_tag: tag } });
}

describe.runIf(await hasRedis())("a queue that takes what Celery's producers send", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function openWorld(options: { readonly sweepMs?: number } = {}) {
    const world = await RedisWorld.open(server.url, { celeryQueues: { [QUEUE]: "celery" }, ...options });
    await world.client.del("celery", LOW);
    return world;
  }

  it("delivers its messages as they are, first in first out, with low priorities last", async () => {
    await using world = await openWorld();
    await world.client.lpush(LOW, sentAgain("low"));
    await world.client.lpush("celery", MESSAGE, sentAgain("second"));
    await world.send(["ours"]);
    const taken = await world.take();
    expect(taken.map(({ messageId }) => messageId)).toEqual([
      "ours",
      `celery-${TAG}`,
      "celery-second",
      "celery-low",
    ]);
    expect(taken[1]).toMatchObject({ body: MESSAGE, deliveryCount: 1, failureCount: 0 });
    expect(await world.client.exists("celery", LOW)).toBe(0);
    expect(await world.queue.stats()).toMatchObject({ leased: { n: 4 }, entered: { n: 4 } });
  });

  it("comes by while a worker waits", async () => {
    await using world = await openWorld({ sweepMs: 20 });
    const waiting = world.take(1, 20_000);
    await world.client.lpush("celery", MESSAGE);
    expect(await waiting).toMatchObject([{ messageId: `celery-${TAG}` }]);
  });

  it("comes by while a worker is never without work", async () => {
    await using world = await openWorld({ sweepMs: 1 });
    await world.send(["a", "b"]);
    const [delivery] = await world.take(1);
    await world.client.lpush("celery", MESSAGE);
    const options = { max: 1, waitMs: 0, signal: new AbortController().signal };
    await expect
      .poll(async () => {
        await world.consumer.settleAndReceive?.([], options);
        return world.client.llen("celery");
      })
      .toBe(0);
    expect(delivery).toMatchObject({ messageId: "a" });
  });

  it("keeps every message, whatever is in it and however often it was sent", async () => {
    await using world = await openWorld();
    const odd = ["", "no JSON", "[]", "7", '{"properties":[]}', sentAgain("a b:c"), sentAgain(7)];
    await world.client.rpush("celery", ...odd, MESSAGE, MESSAGE);
    const taken = await world.take(20);
    expect(taken.map(({ body }) => body).sort()).toEqual([...odd, MESSAGE, MESSAGE].sort());
    expect(new Set(taken.map(({ messageId }) => messageId)).size).toBe(taken.length);
  });

  it("moves many in parts, each at once after the one before", async () => {
    await using world = await openWorld({ sweepMs: 60_000 });
    await world.client.lpush("celery", ...Array.from({ length: 450 }, (_, index) => sentAgain(`n${index}`)));
    for (let taken = 0; taken < 450; ) {
      const deliveries = await world.take(100);
      expect(deliveries.length).toBeGreaterThan(0);
      taken += deliveries.length;
    }
    expect(await world.client.exists("celery")).toBe(0);
  });

  it("reports a list of another type, and loses nothing", async () => {
    await using world = await openWorld();
    await world.client.set("celery", "text");
    await world.send(["ours"]);
    await expect(world.take(1)).rejects.toThrow(/WRONGTYPE/);
    await world.client.del("celery");
    expect(await world.take(1)).toMatchObject([{ messageId: "ours" }]);
  });

  it("lets other queues alone", async () => {
    await using world = await RedisWorld.open(server.url, { celeryQueues: { other: "celery" } });
    await world.client.lpush("celery", MESSAGE);
    expect(await world.take(1)).toEqual([]);
    expect(await world.client.llen("celery")).toBe(1);
  });

  it("is run by a worker with the codec, beside our own jobs, and what only Celery can run is dead", async () => {
    await using world = await openWorld();
    const chain = readFileSync(new URL("chain.json", golden), "utf8");
    await world.client.lpush("celery", MESSAGE, chain);
    const mail = defineTask(
      "send_email",
      { to: "string", subject: "string" },
      { queue: QUEUE, aliases: ["shop.tasks.send_email"] },
    );
    const ran: unknown[] = [];
    const app = createApp({
      broker: redis({ url: server.url, prefix: world.prefix, celeryQueues: { [QUEUE]: "celery" } }),
      tasks: [mail],
      handlers: [handle(mail, (params, { id }) => void ran.push({ ...params, id }))],
    });
    await app.enqueue(mail, { to: "own", subject: "Hi" }, { id: "own" });
    const report = await app
      .worker({ codecs: ["celery"], ownsProcess: false, until: { type: "drained" } })
      .run();
    expect(ran).toContainEqual({ to: "a@b.c", subject: "Hi", id: "0f6b1f0e-6c0e-4a35-9d9b-0d1f1c9f0001" });
    expect(ran).toContainEqual({ to: "own", subject: "Hi", id: "own" });
    expect(report).toMatchObject({ succeeded: 2, dead: 1 });
    const { messages } = await world.queue.peek({ state: "dead", limit: 9 });
    expect(messages).toMatchObject([{ dead: { reason: "undecodable" }, body: chain, label: "shop.tasks.a" }]);
    await app.close();
  });
});
