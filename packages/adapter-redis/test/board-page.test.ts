import { hasChromium, hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BoardPage } from "./board-page.ts";
import { RedisWorld } from "./redis-world.ts";

describe.runIf((await hasRedis()) && hasChromium())("Bull Board's page in a browser", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("shows our jobs, and its buttons retry and promote them", async () => {
    await using world = await RedisWorld.open(server.url, { keepFinished: 9 });
    await world.send(["done", "dead"], { maxAttempts: 3 });
    const [done, dead] = await world.take(2);
    await world.consumer.note?.(done!, { progress: "42" });
    await world.consumer.note?.(done!, { line: "the first line" });
    await world.consumer.settle([
      { delivery: done!, action: "ack", value: '{"sum":"seven"}' },
      {
        delivery: dead!,
        action: "dead",
        reason: "fatal",
        error: { name: "Error", message: "no such user", stack: "Error: no such user\n    at tell" },
      },
    ]);
    await world.send(["later", "much-later"], { delayMs: 60_000 });
    await using page = await BoardPage.open(world);

    await page.showJob("done");
    await page.tab("Data", '"seven"');
    await page.tab("Logs", "the first line");
    await page.tab("Options", "attempts");
    expect(await page.progress()).toBe("42%");

    await page.showState("failed", "dead");
    await page.tab("Error", "fatal: Error: no such user");
    await page.pressFirst("retry this job");
    await page.waitUntilGone("dead");
    expect(await world.take(9)).toMatchObject([{ messageId: "dead", body: '{"name":"dead"}' }]);

    await page.showState("delayed", "later");
    await page.pressAll("Promote all", "promote all delayed jobs");
    await page.waitUntilGone("later");
    expect((await world.take(9)).map(({ messageId }) => messageId)).toEqual(["later", "much-later"]);

    await world.send(["last"], { delayMs: 60_000 });
    await page.showState("delayed", "last");
    await page.pressFirst("promote this job");
    await page.waitUntilGone("last");
    expect(await world.take(9)).toMatchObject([{ messageId: "last" }]);
  });
});
