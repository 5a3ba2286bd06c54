import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisWorld } from "./redis-world.ts";

describe.runIf(await hasRedis())("a send of several parts", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("answers each message in its place, whichever part it is in and whatever it is sent with", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(["job-10", "job-700"]);
    const messages = Array.from({ length: 1_000 }, (_, n) => ({
      id: `job-${n}`,
      label: "tell",
      body: "{}",
      ...(n === 500 ? { priority: 9 } : {}),
      ...(n === 501 ? { delayMs: 60_000 } : {}),
    }));
    const results = await world.queue.send(messages);
    const duplicates = results.flatMap(({ status }, n) => (status === "duplicate" ? [n] : []));
    expect(duplicates).toEqual([10, 700]);
    expect(results.filter(({ status }) => status === "sent")).toHaveLength(998);
    expect(await world.queue.stats()).toMatchObject({ ready: { n: 999 }, delayed: { n: 1 } });
    const first = await world.take(4);
    expect(first.map(({ messageId }) => messageId)).toEqual(["job-500", "job-10", "job-700", "job-0"]);
  });
});
