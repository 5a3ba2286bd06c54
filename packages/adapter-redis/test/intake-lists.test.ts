import { createApp, defineTask, handle } from "@jobs/core";
import { encodeEnvelope } from "@jobs/core/broker";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis } from "../src/index.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const LIST = "from-elsewhere";

function envelope(id: string, params: Readonly<Record<string, string>> = { to: "a@b.c" }): string {
  const enqueuedAt = new Date().toISOString();
  return encodeEnvelope({ v: 1, task: "send_email", params, id, sig: "to", enqueuedAt });
}

describe.runIf(await hasRedis())("a queue that takes envelopes from a list", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function openWorld() {
    const world = await RedisWorld.open(server.url, { intakeLists: { [QUEUE]: LIST } });
    await world.client.del(LIST);
    return world;
  }

  it("delivers them under their own ids, first in first out, behind what was there", async () => {
    await using world = await openWorld();
    await world.send(["ours"]);
    await world.client.lpush(LIST, envelope("first"), envelope("wait"), envelope("7"));
    const taken = await world.take();
    expect(taken.map(({ messageId }) => messageId)).toEqual(["ours", "first", "wait", "7"]);
    expect(taken[1]).toMatchObject({ body: expect.stringContaining('"id":"first"'), deliveryCount: 1 });
    expect(await world.client.exists(LIST)).toBe(0);
    expect(await world.queue.stats()).toMatchObject({ leased: { n: 4 }, entered: { n: 4 } });
  });

  it("adds no second job under an id that is stored", async () => {
    await using world = await openWorld();
    await world.send(["stored"]);
    await world.client.lpush(LIST, envelope("twice"), envelope("twice"), envelope("stored"));
    expect((await world.take()).map(({ messageId }) => messageId)).toEqual(["stored", "twice"]);
    expect(await world.client.exists(LIST)).toBe(0);
  });

  it("keeps every other text, so that its worker can say what is wrong", async () => {
    await using world = await openWorld();
    const odd = ["", "no JSON", "[]", "7", '{"v":1}', '{"v":1,"id":"a:b"}', '{"id":"no-version"}', "7"];
    await world.client.rpush(LIST, ...odd);
    const taken = await world.take(20);
    expect(taken.map(({ body }) => body).sort()).toEqual([...odd].sort());
    expect(new Set(taken.map(({ messageId }) => messageId)).size).toBe(odd.length);
  });

  it("is run by a worker: jobs in time and order, wrong ones as dead letters", async () => {
    await using world = await openWorld();
    const mail = defineTask("send_email", { to: "string" }, { queue: QUEUE, onMismatch: "dead" });
    const ran: unknown[] = [];
    const app = createApp({
      broker: redis({ url: server.url, prefix: world.prefix, intakeLists: { [QUEUE]: LIST } }),
      tasks: [mail],
      handlers: [handle(mail, ({ to }, { id }) => void ran.push({ to, id }))],
    });
    const later = JSON.parse(envelope("later"));
    const notBefore = new Date(Date.now() + 300).toISOString();
    await world.client.lpush(LIST, JSON.stringify({ ...later, notBefore }));
    await world.client.lpush(LIST, envelope("now"), envelope("wrong", { mailto: "a@b.c" }), "no JSON");
    const options = { ownsProcess: false, until: { type: "drained" } } as const;
    while (ran.length < 2) await app.worker(options).run();
    expect(ran).toEqual([
      { to: "a@b.c", id: "now" },
      { to: "a@b.c", id: "later" },
    ]);
    const { messages } = await world.queue.peek({ state: "dead", limit: 9 });
    expect(messages.map(({ dead, label }) => [dead?.reason, label]).sort()).toEqual([
      ["signature_mismatch", "send_email"],
      ["undecodable", ""],
    ]);
    await app.close();
  });
});
