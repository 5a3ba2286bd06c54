import { describeHistory, scaledTime } from "@jobs/broker-conformance";
import type { HistoryEvent, HistoryStore } from "@jobs/core/broker";
import { hasRedis, type RedisServer, startRedisCluster, startRedisServer } from "@jobs/test-servers";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisHistory } from "../src/index.ts";

const JOB = { id: "job-1", task: "work", queue: "default", enqueuedAt: 10 };

/** An event of one source. */
function eventOf(seq: number, type: string, at: number, members: object = {}): HistoryEvent {
  const event = {
    type,
    at,
    job: { attempt: 1, ...JOB },
    ...members,
    eventId: `one#${seq}`,
    source: "one",
    seq,
  };
  return event as unknown as HistoryEvent;
}

describe.runIf(await hasRedis())("a history on Redis", () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedisServer();
    client = new Redis(server.url);
  });
  afterAll(async () => {
    client.disconnect();
    await server[Symbol.asyncDispose]();
  });

  let harnesses = 0;
  describeHistory({
    name: "redis",
    createHarness: () => {
      const prefix = `kit-${++harnesses}`;
      const opened: HistoryStore[] = [];
      return {
        time: scaledTime(),
        open() {
          const store = redisHistory({ url: server.url, prefix });
          opened.push(store);
          return store;
        },
        async corrupt(id, text) {
          await client.set(`${prefix}:{history}:job:${id}`, text);
          return true;
        },
        async dispose() {
          for (const store of opened) await store.close();
        },
      };
    },
  });

  it("names a key that another program has written, and stores nothing of the batch", async () => {
    const expected = {
      events: "stream",
      jobs: "zset",
      "job:job-1": "string",
      "of:job-1": "hash",
      "state:enqueued": "zset",
      "task:work": "zset",
      "totals:0": "hash",
      minutes: "zset",
      "other-times": "zset",
    };
    for (const [name, type] of Object.entries(expected)) {
      const prefix = `odd-${name}`;
      const key = `${prefix}:{history}:${name}`;
      if (type === "string") await client.sadd(key, "not ours");
      else await client.set(key, "not ours");
      const store = redisHistory({ url: server.url, prefix });
      await expect(store.write([eventOf(1, "job.enqueued", 10, { delayMs: 0 })])).rejects.toMatchObject({
        code: "invalid_config",
        message: `redis history: the key ${key} holds a ${type === "string" ? "set" : "string"}; expected a ${type}.`,
      });
      expect(await client.keys(`${prefix}:*`)).toEqual([key]);
      await store.close();
    }
  });

  it("works on a cluster, with all keys on one node", async () => {
    await using cluster = await startRedisCluster();
    const nodes = cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
    const store = redisHistory({ cluster: { nodes } });
    const job = { ...JOB, attempt: 1, tags: ["a{b}c", "d"], flow: "{f}" };
    await store.write([eventOf(1, "job.started", 10, { worker: "w", job })]);
    expect((await store.list({ tag: "a{b}c" })).jobs).toMatchObject([{ id: "job-1", flow: "{f}" }]);
    expect(await store.totals({ since: 0, until: 1_000 })).toMatchObject([{ started: 1 }]);
    expect(await store.prune({ olderThanMs: 1_000 })).toBe(1);
    await store.close();
  });

  it("leaves no key of a job behind that it forgets", async () => {
    const store = redisHistory({ url: server.url, prefix: "clean" });
    const job = { ...JOB, attempt: 1, tags: ["t"], flow: "f" };
    await store.write([
      eventOf(1, "job.enqueued", 10, { delayMs: 0, job }),
      eventOf(2, "job.started", 11, { worker: "w", job }),
      eventOf(3, "job.succeeded", 12, { durationMs: 1, job }),
    ]);
    expect(await store.prune({ olderThanMs: 1_000 })).toBe(1);
    expect(await client.keys("clean:*")).toEqual(["clean:{history}:events"]);
    expect(await client.xlen("clean:{history}:events")).toBe(0);
    await store.close();
  });

  it("loses no change when many processes write the same job at once", async () => {
    const stores = Array.from({ length: 5 }, () => redisHistory({ url: server.url, prefix: "race" }));
    const writes = stores.flatMap((store, source) =>
      Array.from({ length: 20 }, (_, index) => {
        const seq = source * 20 + index;
        return store.write([eventOf(seq, "job.released", 100 + seq)]);
      }),
    );
    await Promise.all(writes);
    expect(await stores[0]?.timeline("job-1")).toHaveLength(100);
    expect(await stores[0]?.job("job-1")).toMatchObject({ at: 199, state: "released" });
    await Promise.all(stores.map((store) => store.close()));
  });
});
