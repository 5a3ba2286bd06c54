import { setTimeout as pause } from "node:timers/promises";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { RedisLink } from "../src/connection/redis-link.ts";

describe.runIf(await hasRedis({ isOwn: true }))("a connection", () => {
  it("calls that wait for its return share one wait, over all attempts that fail [F25]", async () => {
    await using server = await startRedisServer({ appendonly: true });
    const link = new RedisLink({ url: server.url });
    const client = await link.call({ run: async (one) => one });
    const closings = { count: 0 };
    client.on("close", () => closings.count++);
    const before = client.listenerCount("ready");
    await server.kill();
    await expect.poll(() => client.status).not.toBe("ready");
    const waiting: Promise<unknown>[] = [];
    while (closings.count < 4) {
      waiting.push(link.call({ run: (one) => one.ping() }));
      // Between two calls.
      await pause(50);
    }
    expect(client.listenerCount("ready")).toBeLessThanOrEqual(before + 1);
    await server.start();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["PONG"]));
    link.close();
  });

  it("a call that was refused is not made when the connection is back [F25]", async () => {
    await using server = await startRedisServer({ appendonly: true });
    const link = new RedisLink({ url: server.url });
    expect(await link.call({ run: (one) => one.ping() })).toBe("PONG");
    await server.kill();
    const refused = { code: "broker_unavailable", maybeSent: false };
    // The first may find out that the connection is gone; the second waits for another one.
    for (const key of ["first", "second"])
      await expect(link.call({ withinMs: 100, run: (one) => one.incr(key) })).rejects.toMatchObject(refused);
    await server.start();
    await expect.poll(() => link.call({ run: (one) => one.ping() }).catch(String)).toBe("PONG");
    expect(await link.call({ run: (one) => one.keys("*") })).toEqual([]);
    link.close();
  });

  it("an answer that came while something held up the event loop is read, however late its deadline [F31]", async () => {
    await using server = await startRedisServer({ appendonly: false });
    const link = new RedisLink({ url: server.url });
    const client = await link.call({ run: async (one) => one });
    const lost = { count: 0 };
    client.on("close", () => lost.count++);
    const answers = [1, 2, 3].map(() => link.call({ run: (one) => one.ping() }));
    // Longer than an answer may take, and than a connection may be silent.
    for (const end = performance.now() + 5_000; performance.now() < end; );
    expect(await Promise.all(answers)).toEqual(["PONG", "PONG", "PONG"]);
    expect(await link.call({ run: (one) => one.ping() })).toBe("PONG");
    expect(lost.count).toBe(0);
    link.close();
  });
});
