import { describeResults, scaledTime } from "@jobs/broker-conformance";
import type { JobResult } from "@jobs/core";
import type { ResultStore } from "@jobs/core/broker";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisResults } from "../src/index.ts";

const DAY_MS = 86_400_000;

function resultOf(id: string, parts: Partial<JobResult> = {}): JobResult {
  const done = { task: "add", queue: "default", value: { sum: 3 }, attempt: 1, finishedAt: 1 };
  return { id, status: "succeeded", ...done, ...parts };
}

describe.runIf(await hasRedis())("results on Redis", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  let harnesses = 0;
  describeResults({
    name: "P11 redis",
    createHarness: () => {
      const prefix = `kit-${++harnesses}`;
      const opened: ResultStore[] = [];
      return {
        time: scaledTime(60),
        open() {
          const store = redisResults({ url: server.url, prefix });
          opened.push(store);
          return store;
        },
        async corrupt(id, text) {
          const client = new Redis(server.url);
          await client.hset(`${prefix}:result:${id}`, "result", text);
          await client.quit();
          return true;
        },
        async dispose() {
          for (const store of opened) await store.close();
        },
      };
    },
  });

  it("leaves the forgetting to Redis, key and content together [P3]", async () => {
    const store = redisResults({ url: server.url, prefix: "brief" });
    const client = new Redis(server.url);
    await store.put(resultOf("brief"), 30);
    await store.put(resultOf("long"), DAY_MS);
    await store.put(resultOf("for-ever"), Number.POSITIVE_INFINITY);
    expect(await client.pttl("brief:result:long")).toBeGreaterThan(DAY_MS - 60_000);
    expect(await client.pttl("brief:result:for-ever")).toBe(-1);
    await expect.poll(() => store.get("brief")).toBeUndefined();
    expect(await client.keys("brief:*")).toHaveLength(2);
    expect(await store.prune()).toBe(0);
    client.disconnect();
    await store.close();
  });
});
