import type { JobResult } from "@jobs/core";
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

  it("P11 shows the outcome of a job to every process that asks", async () => {
    const [writer, reader] = [redisResults({ url: server.url }), redisResults({ url: server.url })];
    await writer.put(resultOf("seen"), Number.POSITIVE_INFINITY);
    expect(await reader.get("seen")).toEqual(resultOf("seen"));
    expect(await reader.get("unseen")).toBeUndefined();
    await Promise.all([writer.close(), reader.close()]);
  });

  it("keeps the first success: a second run never changes what was seen", async () => {
    const store = redisResults({ url: server.url, prefix: "first" });
    const dead = resultOf("job", { status: "dead", error: { name: "Error", message: "once" } });
    await store.put(dead, DAY_MS);
    expect(await store.get("job")).toEqual(dead);
    await store.put(resultOf("job", { value: "first" }), DAY_MS);
    await store.put(resultOf("job", { value: "second" }), DAY_MS);
    await store.put(dead, DAY_MS);
    expect(await store.get("job")).toEqual(resultOf("job", { value: "first" }));
    await store.close();
  });

  it("P3 leaves the forgetting to Redis, key and content together", async () => {
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
