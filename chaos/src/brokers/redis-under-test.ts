import { redis } from "@jobs/adapter-redis";
import { startRedisServer } from "@jobs/test-servers";
import { Redis } from "ioredis";
import type { BrokerUnderTest, Remains } from "./broker-under-test.ts";

/** Starts a server for each run. It appends every change to its file, as in production. */
export const redisUnderTest: BrokerUnderTest = {
  async prepare() {
    const server = await startRedisServer({ appendonly: true });
    return { address: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  open: (url) => redis({ url }),
  async inspect(url) {
    const client = new Redis(url);
    try {
      return await look(client);
    } finally {
      client.disconnect();
    }
  },
};

/** The storage is sound when each message is in exactly one list and no lease is held. */
async function look(client: Redis): Promise<Remains> {
  const keys = await client.keys("bull:*");
  let bodies = 0;
  let places = 0;
  for (const key of keys) {
    bodies += await client.hexists(key, "data").catch(() => 0);
    places += await placesIn(client, key);
  }
  const isLeased = keys.some((key) => key.endsWith(":lock"));
  return { messages: bodies, isSound: bodies === places && !isLeased };
}

/** Messages in the list at `key`; 0 where the key does not exist. */
async function placesIn(client: Redis, key: string): Promise<number> {
  if (/:(?:wait|active|paused)$/.test(key)) return client.llen(key);
  if (/:(?:delayed|prioritized|failed|completed)$/.test(key)) return client.zcard(key);
  return 0;
}
