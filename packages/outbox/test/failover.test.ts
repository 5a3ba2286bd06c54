import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask } from "@jobs/core";
import { askRedis, startRedisServer } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { failover } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "jobs-failover-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mail = defineTask("mail", { order: "integer" });

// #region app
/** While Redis is away, jobs are kept in a file of this machine. They are sent later, under the same ids. */
function openProducer(url: string, file: string) {
  return createApp({ broker: failover(redis({ url }), { spool: sqlite({ file }) }), tasks: [mail] });
}
// #endregion

const openApp = (url: string, name: string) => openProducer(url, join(folder, `${name}.db`));

/** How many jobs the broker has, and has ever had. */
async function stored(url: string): Promise<readonly (number | null)[]> {
  const broker = redis({ url });
  try {
    const { ready, entered } = await (await broker.openQueue("default")).stats();
    return [ready.n, entered.n];
  } finally {
    await broker.close();
  }
}

describe("failover", () => {
  it("refuses nothing while the broker is away, and sends all of it later", async () => {
    await using server = await startRedisServer({ appendonly: true, appendfsync: "always" });
    await using app = openApp(server.url, "away");
    await app.enqueue(mail, { order: 0 }, { id: "before" });
    await server.kill();
    const jobs = await Promise.all(
      Array.from({ length: 500 }, (_, order) => app.enqueue(mail, { order }, { id: `mail-${order}` })),
    );
    expect(jobs.every(({ status }) => status === "enqueued")).toBe(true);
    await server.start();
    await expect.poll(() => stored(server.url), { timeout: 50_000 }).toEqual([501, 501]);
  });

  it("starts while the broker is away, and a later process sends what it has left", async () => {
    await using server = await startRedisServer({ appendonly: true });
    await server.kill();
    {
      await using app = openApp(server.url, "left");
      expect(await app.enqueue(mail, { order: 1 }, { id: "left" })).toMatchObject({ status: "enqueued" });
    }
    await server.start();
    await using later = openApp(server.url, "left");
    await later.enqueue(mail, { order: 2 }, { id: "direct" });
    await expect.poll(() => stored(server.url), { timeout: 50_000 }).toEqual([2, 2]);
  });

  it("keeps jobs that a silent broker does not answer for, and the broker finds the twice sent by their ids", async () => {
    await using server = await startRedisServer({ appendonly: true });
    await using app = openApp(server.url, "silent");
    await app.enqueue(mail, { order: 0 }, { id: "before" });
    await askRedis(server.port, "CLIENT PAUSE 4000 ALL");
    const jobs = await Promise.all(
      Array.from({ length: 200 }, (_, order) => app.enqueue(mail, { order }, { id: `mail-${order}` })),
    );
    expect(jobs.every(({ status }) => status === "enqueued")).toBe(true);
    await expect.poll(() => stored(server.url), { timeout: 50_000 }).toEqual([201, 201]);
  });

  it("refuses what the broker refuses", async () => {
    await using server = await startRedisServer({});
    await using app = openApp(server.url, "refusal");
    const refused = app.enqueue(mail, { order: 1 }, { groupKey: "a" });
    await expect(refused).rejects.toMatchObject({ code: "unsupported" });
  });
});
