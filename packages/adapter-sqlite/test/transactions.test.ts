import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp, defineTask, handle } from "@jobs/core";
import { openSqlite, type ProgramDatabase } from "@jobs/test-servers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTables, sqlite, sqliteResults } from "../src/index.ts";
import { allLines, startChild } from "./child-process.ts";

const sendReceipt = defineTask("send_receipt", { order: "integer" }, { backoff: () => 0 });

const pay = defineTask("pay", { order: "integer" });

let folder: string;
let file: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "jobs-transactions-"));
  file = join(folder, "shop.db");
  await createTables({ file });
});

afterEach(() => {
  for (const shop of shops.splice(0)) shop.close();
  rmSync(folder, { recursive: true, force: true });
});

const shops: ProgramDatabase[] = [];

function openShop(path = file): ProgramDatabase {
  const shop = openSqlite(path);
  shops.push(shop);
  shop.exec("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY) STRICT");
  return shop;
}

function openApp(sent: number[] = []) {
  return createApp({
    broker: sqlite({ file, synchronous: "normal" }),
    tasks: [sendReceipt],
    handlers: [handle(sendReceipt, ({ order }) => void sent.push(order))],
  });
}

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
async function placeOrder(app: Pick<App, "enqueue">, shop: ProgramDatabase, order: number): Promise<void> {
  shop.exec("BEGIN IMMEDIATE");
  try {
    shop.prepare("INSERT INTO orders (id) VALUES (?)").run(order);
    await app.enqueue(sendReceipt, { order }, { transaction: shop });
    shop.exec("COMMIT");
  } catch (error) {
    shop.exec("ROLLBACK");
    throw error;
  }
}
// #endregion

// #region complete
/** Stores the payment and the end of its job: both, or neither. So an order is paid once. */
const payOrder = (shop: ProgramDatabase) =>
  handle(pay, async ({ order }, ctx) => {
    shop.exec("BEGIN IMMEDIATE");
    try {
      shop.prepare("INSERT INTO orders (id) VALUES (?)").run(order);
      await ctx.enqueue(sendReceipt, { order }, { transaction: shop });
      await ctx.transaction(shop, { paid: order });
      shop.exec("COMMIT");
    } catch (error) {
      shop.exec("ROLLBACK");
      throw error;
    }
  });
// #endregion

const orders = (shop: ProgramDatabase) => shop.prepare("SELECT id FROM orders").all().length;

describe("enqueue with a transaction of the program", () => {
  it("stores the row and the job together, or neither", async () => {
    const sent: number[] = [];
    await using app = openApp(sent);
    const shop = openShop();
    await placeOrder(app, shop, 1);
    await expect(placeOrder(app, shop, 1)).rejects.toThrow(/UNIQUE/);
    const failing = { enqueue: () => Promise.reject(new Error("no job")) };
    await expect(placeOrder(failing, shop, 2)).rejects.toThrow("no job");
    shop.exec("BEGIN IMMEDIATE");
    const job = await app.enqueue(sendReceipt, { order: 3 }, { transaction: shop });
    expect(job).toMatchObject({ status: "enqueued", queue: "default", broker: "sqlite" });
    shop.exec("ROLLBACK");
    expect(orders(shop)).toBe(1);
    expect((await (await app.queue("default")).stats()).ready).toEqual({ n: 1, exact: true });
    await app.worker({ until: { type: "drained" } }).run();
    expect(sent).toEqual([1]);
  });

  it("leaves nothing in the transaction when it fails", async () => {
    await using app = openApp();
    const shop = openShop();
    shop.exec("BEGIN IMMEDIATE");
    shop.prepare("INSERT INTO orders (id) VALUES (?)").run(1);
    shop.exec(
      "CREATE TEMP TRIGGER broken BEFORE UPDATE ON main.queues BEGIN SELECT RAISE(ABORT, 'broken'); END",
    );
    const refused = app.enqueue(sendReceipt, { order: 1 }, { transaction: shop });
    await expect(refused).rejects.toMatchObject({ code: "broker_unavailable" });
    shop.exec("DROP TRIGGER broken; COMMIT");
    expect(orders(shop)).toBe(1);
    expect(shop.prepare("SELECT id FROM messages").all()).toEqual([]);
  });

  it("says why SQLite itself has rolled back the transaction", async () => {
    await using app = openApp();
    const shop = openShop();
    await app.enqueue(sendReceipt, { order: 0 }, { id: "zero" });
    shop.exec("BEGIN IMMEDIATE");
    shop.prepare("INSERT INTO orders (id) VALUES (?)").run(1);
    shop.exec(
      "CREATE TEMP TRIGGER full BEFORE UPDATE ON main.queues BEGIN SELECT RAISE(ROLLBACK, 'no space left'); END",
    );
    const refused = app.enqueue(sendReceipt, { order: 1 }, { transaction: shop });
    await expect(refused).rejects.toMatchObject({ cause: { message: "no space left" } });
    expect(() => shop.exec("COMMIT")).toThrow(/no transaction/);
    expect(orders(shop)).toBe(0);
  });

  it("refuses a connection that is not in a transaction, or to another file", async () => {
    await using app = openApp();
    const shop = openShop();
    const idle = app.enqueue(sendReceipt, { order: 1 }, { transaction: shop });
    await expect(idle).rejects.toThrow(/no open transaction/);
    const other = openShop(join(folder, "other.db"));
    other.exec("BEGIN");
    const elsewhere = app.enqueue(sendReceipt, { order: 1 }, { transaction: other });
    await expect(elsewhere).rejects.toThrow(/another database/);
  });

  it("refuses another copy of SQLite, whose locks would not be seen", async () => {
    await using app = openApp();
    const betterSqlite3 = { prepare() {}, exec() {}, inTransaction: true };
    const refused = app.enqueue(sendReceipt, { order: 1 }, { transaction: betterSqlite3 });
    await expect(refused).rejects.toThrow(/no connection of this process's driver/);
  });

  it("says how to make the tables where there are none yet", async () => {
    file = join(folder, "new.db");
    await using app = openApp();
    const shop = openShop();
    shop.exec("BEGIN");
    const refused = app.enqueue(sendReceipt, { order: 1 }, { transaction: shop });
    await expect(refused).rejects.toMatchObject({ code: "invalid_config" });
    await expect(refused).rejects.toThrow(/another program|tables of this release/);
  });
});

/** Statements of the handler in test/processes/pay.mjs. */
const DEATHS = ["never", "before", "effect", "follow-up", "completed", "commit"];

describe("a handler that completes its job with its transaction", () => {
  it("has its effect once, however its process is killed", async () => {
    await using app = createApp({
      broker: sqlite({ file, synchronous: "normal" }),
      tasks: [defineTask("pay", { order: "string", dies: "string" })],
    });
    for (const dies of DEATHS) await app.enqueueByName("pay", { order: dies, dies }, { id: dies });
    let deaths = 0;
    for (let isDrained = false; !isDrained; ) {
      const worker = startChild("pay", { folder });
      const lines = await allLines(worker);
      isDrained = worker.process.signalCode === null;
      if (isDrained) expect(JSON.parse(lines[0] ?? "")).toMatchObject({ cause: "drained", dead: 0 });
      else deaths++;
    }
    expect(deaths).toBe(DEATHS.length - 1);
    const shop = openShop();
    const paid = shop.prepare("SELECT id FROM payments ORDER BY id").all() as readonly { id: string }[];
    expect(paid.map(({ id }) => id)).toEqual(DEATHS.toSorted());
    const thanks = await (await app.queue("thanks")).peek({ state: "ready", limit: 10 });
    expect(thanks.messages.map(({ messageId }) => messageId).toSorted()).toEqual(
      DEATHS.map((order) => `thank-${order}`).toSorted(),
    );
  });

  it("has the value of its transaction as result, and its follow-up is stored", async () => {
    const shop = openShop();
    await using app = createApp({
      broker: sqlite({ file, synchronous: "normal" }),
      results: sqliteResults({ file }),
      tasks: [pay, sendReceipt],
      handlers: [payOrder(shop), handle(sendReceipt, () => undefined)],
    });
    const { id } = await app.enqueue(pay, { order: 1 });
    const report = await app.worker({ until: { type: "drained" } }).run();
    expect(report).toMatchObject({ succeeded: 2, retried: 0 });
    expect(await app.result(id)).toMatchObject({ status: "succeeded", value: { paid: 1 } });
    expect(orders(shop)).toBe(1);
  });

  it("fails where the handler returns without the commit", async () => {
    const outcomes: unknown[] = [];
    const shop = openShop();
    await using app = createApp({
      broker: sqlite({ file, synchronous: "normal" }),
      tasks: [sendReceipt],
      handlers: [
        handle(sendReceipt, async ({ order }, ctx) => {
          shop.exec("BEGIN IMMEDIATE");
          shop.prepare("INSERT INTO orders (id) VALUES (?)").run(order);
          await ctx.transaction(shop);
          shop.exec(ctx.attempt === 1 ? "ROLLBACK" : "COMMIT");
          if (ctx.attempt === 2) throw new Error("after the commit");
        }),
      ],
      observers: [
        (event) => {
          if (event.type === "job.failed") outcomes.push(event.error.message);
          if (event.type === "job.succeeded") outcomes.push("succeeded");
        },
      ],
    });
    await app.enqueue(sendReceipt, { order: 7 });
    const report = await app.worker({ until: { type: "drained" } }).run();
    expect(report).toMatchObject({ succeeded: 1, retried: 1, dead: 0 });
    expect(outcomes).toEqual([expect.stringMatching(/was not committed/), "succeeded"]);
    expect(orders(shop)).toBe(1);
  });
});
