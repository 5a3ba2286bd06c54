import { type Envelope, encodeEnvelope, type PeekedState } from "@jobs/core/broker";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBullmq } from "../src/bullmq/load-bullmq.ts";
import { createRedisBroker } from "../src/create-broker.ts";
import before from "./fixtures/worker-before-split-envelopes.json" with { type: "json" };
import { QUEUE, RedisWorld } from "./redis-world.ts";

const ID = "0197c1f0-0000-7000-8000-000000000000";

describe.runIf(await hasRedis())("an envelope on Redis", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("of a number is packed, with the parameters alone as data", async () => {
    await using world = await RedisWorld.open(server.url);
    // The time of an envelope is the timestamp only where it is not long ago, which no test can promise.
    const stored = async () => {
      await world.queue.remove([ID]);
      const [message] = messages({ enqueuedAt: new Date().toISOString() });
      await world.queue.send([message!]);
      return world.client.hgetall(world.key(ID));
    };
    await expect.poll(stored).toEqual({
      name: "tell",
      data: '{"n":1}',
      opts: '{"sig":"n"}',
      timestamp: expect.stringMatching(/^\d{13}$/),
      delay: "0",
      priority: "0",
    });
    expect(await world.client.object("ENCODING", world.key(ID))).toMatch(/^(?:listpack|ziplist)$/);
  });

  it("of a producer whose clock is wrong has the server's time as timestamp, and comes back with its own", async () => {
    await using world = await RedisWorld.open(server.url);
    const enqueuedAt = "2001-01-01T00:00:00.000Z";
    const [message] = messages({ enqueuedAt });
    await world.queue.send([message!]);
    const { opts, timestamp } = await world.client.hgetall(world.key(ID));
    expect(opts).toBe(`{"sig":"n","at":${Date.parse(enqueuedAt)}}`);
    expect(Math.abs(Number(timestamp) - Date.now())).toBeLessThan(600_000);
    const { oldestReadyMs } = await world.queue.stats();
    expect(oldestReadyMs).toBeLessThan(600_000);
    expect(await world.take(1)).toMatchObject([{ body: message!.body }]);
  });

  describe.each([
    ["jobs", "jobs"],
    ["jobs", "bullmq"],
    ["bullmq", "jobs"],
    ["bullmq", "bullmq"],
  ] as const)("sent by engine %s and read by engine %s", (sending, reading) => {
    async function open() {
      const world = await RedisWorld.open(server.url, { engine: reading });
      const options = { url: server.url, prefix: world.prefix, engine: sending, onWarning: () => {} };
      const broker = createRedisBroker(options, loadBullmq);
      const sender = await broker.openQueue(QUEUE);
      const bodies = async (...states: readonly PeekedState[]) => {
        const pages = await Promise.all(states.map((state) => world.queue.peek({ state, limit: 9 })));
        return pages.flatMap(({ messages: found }) => found.map(({ body }) => body)).sort();
      };
      return {
        world,
        sender,
        bodies,
        [Symbol.asyncDispose]: async () => {
          await broker.close();
          await world[Symbol.asyncDispose]();
        },
      };
    }

    it("is the same text when it is looked at, received and retried", async () => {
      await using both = await open();
      const { world, sender, bodies } = both;
      const sent = messages().map((message, index) => ({ ...message, ...WAYS[index % WAYS.length] }));
      const texts = sent.map(({ body }) => body).sort();
      expect(await sender.send(sent)).toEqual(sent.map(({ id }) => ({ status: "sent", messageId: id })));
      expect(await bodies("ready", "delayed")).toEqual(texts);
      if (world.queue.scan !== undefined) {
        const scanned = await world.queue.scan({ state: "ready", limit: 9 });
        const later = await world.queue.scan({ state: "delayed", limit: 9 });
        expect([scanned, later].flatMap((page) => page.messages.map(({ body }) => body)).sort()).toEqual(
          texts,
        );
      }
      const taken = await world.take(9);
      const first = taken.map(({ body }) => body).sort();
      await world.consumer.settle(
        taken.map((delivery) => ({ delivery, action: "retry", failed: true, delayMs: 0 })),
      );
      const again = await world.take(9);
      expect(again.map(({ body }) => body).sort()).toEqual(first);
      expect([...first, ...(await bodies("delayed"))].sort()).toEqual(texts);
    });

    it("is another text after a redrive with a new body, which may be whole", async () => {
      await using both = await open();
      const { world, sender, bodies } = both;
      const [first, second] = messages();
      await sender.send([{ ...first!, maxAttempts: 3 }, second!]);
      const bury = async () => {
        const taken = await world.take(9);
        await world.consumer.settle(taken.map((delivery) => ({ delivery, action: "dead", reason: "fatal" })));
      };
      const redrive = async (body: string) => {
        await bury();
        await world.queue.redrive({ limit: 9, ids: [ID, second!.id], bodies: new Map([[ID, body]]) });
        expect(await bodies("ready")).toEqual([body, second!.body].sort());
      };
      await redrive(messages({ params: { n: 2 }, headers: { a: "b" } })[0]!.body);
      await redrive("no envelope");
      await redrive(first!.body);
      expect(JSON.parse((await world.client.hget(world.key(ID), "opts")) ?? "")).toMatchObject({
        attempts: 3,
      });
      expect((await world.take(9)).map(({ body }) => body).sort()).toEqual(
        [first!.body, second!.body].sort(),
      );
    });

    it("is the same text in another queue", async () => {
      await using both = await open();
      const { world, sender } = both;
      const sent = messages();
      await sender.send(sent);
      const taken = await world.take(9);
      await world.consumer.settle(taken.map((delivery) => ({ delivery, action: "dead", reason: "fatal" })));
      await world.queue.redrive({ limit: 9, to: "others" });
      const others = await world.broker.openQueue("others");
      const { messages: found } = await others.peek({ state: "ready", limit: 9 });
      expect(found.map(({ body }) => body).sort()).toEqual(sent.map(({ body }) => body).sort());
    });
  });

  it("is whole after a redrive, when a worker that does not know its parts has made it a dead letter", async () => {
    await using world = await RedisWorld.open(server.url);
    const { id, job, ran, events } = before;
    expect([ran, events]).toEqual([[], [{ type: "job.dead", reason: "undecodable" }]]);
    await world.client.hset(world.key(id), job);
    await world.client.zadd(world.key("failed"), job.finishedOn, id);
    const { messages: dead } = await world.queue.peek({ state: "dead", limit: 9 });
    expect(dead).toMatchObject([{ messageId: id, label: "work", dead: { reason: "undecodable" } }]);
    expect(await world.queue.redrive({ limit: 1, ids: [id] })).toEqual({ moved: 1 });
    const envelope = { v: 1, task: "work", params: { n: 1 }, id, sig: "n" };
    const enqueuedAt = new Date(Number(job.timestamp)).toISOString();
    expect((await world.take()).map(({ body }) => JSON.parse(body))).toEqual([{ ...envelope, enqueuedAt }]);
  });

  it("is the same text when it is restored, alive or dead", async () => {
    await using world = await RedisWorld.open(server.url);
    const counts = { deliveryCount: 1, failureCount: 1, crashCount: 0, redrives: 0 };
    const dead = { reason: "fatal", at: Date.now() } as const;
    const sent = messages().map((message, index) => ({
      ...message,
      ...counts,
      ...(index === 1 && { dead }),
    }));
    await world.queue.restore?.(sent);
    const pages = await Promise.all(
      (["ready", "dead"] as const).map((state) => world.queue.peek({ state, limit: 9 })),
    );
    const found = pages.flatMap((page) => page.messages.map(({ body }) => body));
    expect(found.sort()).toEqual(sent.map(({ body }) => body).sort());
  });
});

const NOW = new Date().toISOString();

/** How messages are sent. */
const WAYS = [{}, { delayMs: 3_600_000 }, { priority: 3, maxAttempts: 4 }];

/** Envelopes with many fields and few. The first has the parameter `n`. */
function messages(change: Partial<Envelope> = {}) {
  const plain: Envelope = {
    v: 1,
    task: "tell",
    params: { n: 1 },
    id: ID,
    sig: "n",
    enqueuedAt: NOW,
    ...change,
  };
  const envelopes: readonly Envelope[] = [
    plain,
    {
      ...plain,
      id: "flow",
      next: [{ task: "tell", params: { none: [] }, sig: "n", queue: QUEUE }],
      chain: "c",
    },
    { ...plain, id: "delayed", headers: { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` } },
    {
      ...plain,
      id: "nested",
      params: { id: "nested", sig: "x", deep: [{}, [], { a: [] }], text: 'é\\"\u2028' },
    },
  ];
  return envelopes.map((envelope) => ({
    id: envelope.id,
    label: envelope.task,
    body: encodeEnvelope(envelope),
  }));
}
