import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { memory } from "@jobs/adapter-memory";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createOutbox, createRelay } from "../src/index.ts";
import { openShop, type Shop } from "./shop.ts";

const mail = defineTask("mail", { order: "integer" }, { queue: "mails" });

// #region app
/** Jobs run on `broker`. Those of a transaction wait in the shop's own database until `jobs relay` has sent them. */
function openApp({ file }: { readonly file: string }, broker: Broker) {
  return createApp({ broker: createOutbox({ broker, store: sqlite({ file }) }), tasks: [mail] });
}
// #endregion

/** Sends what waits in the store to the broker. */
async function relay(shop: Shop, to: Broker) {
  const from = sqlite({ file: shop.file, synchronous: "normal" });
  const report = await createRelay({ from, to, untilEmpty: true }).run();
  await from.close();
  return report;
}

describe("createOutbox", () => {
  it("sends a job after the commit, under its id, and none after a rollback", async () => {
    await using server = await startRedisServer();
    const target = redis({ url: server.url });
    using shop = await openShop();
    await using app = openApp(shop, redis({ url: server.url }));
    const transaction = shop.connection;
    shop.begin();
    await app.enqueue(mail, { order: 1 }, { transaction, id: "kept" });
    await app.enqueue(mail, { order: 2 }, { transaction, id: "later", delayMs: 60_000 });
    shop.commit();
    shop.begin();
    await app.enqueue(mail, { order: 3 }, { transaction, id: "gone" });
    shop.rollback();
    await app.enqueue(mail, { order: 4 }, { id: "at-once" });
    const queue = await target.openQueue("mails");
    expect(await queue.stats()).toMatchObject({ ready: { n: 1 }, delayed: { n: 0 } });
    expect(await relay(shop, target)).toEqual({ sent: 2, refused: 0 });
    const ready = await queue.peek({ state: "ready", limit: 10 });
    expect(ready.messages.map(({ messageId }) => messageId)).toEqual(["at-once", "kept"]);
    const [later] = (await queue.peek({ state: "delayed", limit: 10 })).messages;
    expect(later?.messageId).toBe("later");
    expect((later?.dueAt ?? 0) - Date.now()).toBeGreaterThan(30_000);
    await queue.purge();
    await target.close();
  });

  it("refuses what the broker refuses before it is stored", async () => {
    using shop = await openShop();
    await using app = openApp(shop, memory({ capabilities: { maxMessageBytes: 100 } }));
    shop.begin();
    const refused = app.enqueue(mail, { order: 1 }, { transaction: shop.connection });
    await expect(refused).rejects.toMatchObject({ code: "payload_too_large" });
    shop.commit();
    expect(await relay(shop, memory())).toEqual({ sent: 0, refused: 0 });
  });

  it("refuses a store without transactions", () => {
    expect(() => createOutbox({ broker: memory(), store: memory() })).toThrow(/cannot store jobs/);
  });

  it("is relayed by a program until that is asked to end", async () => {
    await using server = await startRedisServer();
    using shop = await openShop();
    await using app = openApp(shop, redis({ url: server.url }));
    shop.begin();
    await app.enqueue(mail, { order: 1 }, { transaction: shop.connection });
    shop.commit();
    const script = fileURLToPath(new URL("./processes/relay-until-stopped.mjs", import.meta.url));
    const options = JSON.stringify({ file: shop.file, url: server.url });
    const child: ChildProcess = spawn(process.execPath, [script, options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    child.stdout?.once("data", (line) => {
      if (String(line) === "moved\n") child.kill("SIGTERM");
    });
    expect(await closed).toEqual([0, null]);
    const target = redis({ url: server.url });
    expect(await relay(shop, target)).toEqual({ sent: 0, refused: 0 });
    await target.close();
  });
});
