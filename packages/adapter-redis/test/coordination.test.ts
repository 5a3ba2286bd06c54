import { describeCoordination, scaledTime } from "@jobs/broker-conformance";
import type { CoordinationStore } from "@jobs/core/broker";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { redis, redisResults } from "../src/index.ts";

const isAvailable = await hasRedis();
const server = isAvailable ? await startRedisServer() : undefined;
const url = server?.url ?? "";
let harnesses = 0;

describe.runIf(isAvailable)("on a real server [P9]", () => {
  afterAll(() => server?.[Symbol.asyncDispose]());

  describeCoordination({
    name: "redis, beside results",
    createHarness: () => {
      const prefix = `marks-${++harnesses}`;
      const stores: { close(): Promise<void> }[] = [];
      return {
        time: scaledTime(100),
        open() {
          const store = redisResults({ url, prefix });
          stores.push(store);
          return store.coordination;
        },
        async dispose() {
          for (const store of stores) await store.close();
        },
      };
    },
  });

  it("keeps the broker's marks in keys that no queue has, and the keys go with the last mark", async () => {
    const broker = redis({ url, prefix: "own" });
    const coordination = broker.coordination as CoordinationStore;
    await coordination.put({ set: "workers", name: "a", value: "1" }, 60_000);
    const client = new Redis(url);
    expect((await client.keys("own*")).sort()).toEqual([
      "own-jobs:mark:{workers}",
      "own-jobs:mark:{workers}:until",
    ]);
    const ttl = await client.pttl("own-jobs:mark:{workers}");
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(60_000);
    client.disconnect();
    await broker.close();
  });
});
