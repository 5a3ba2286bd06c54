import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp, defineTask, handle } from "@jobs/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DatabaseSync } from "../src/driver/database-sync.ts";
import { createTables, sqlite } from "../src/index.ts";
import { openAsProgram } from "./program-connection.ts";

const sendReceipt = defineTask("send_receipt", { order: "integer" });

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

const shops: DatabaseSync[] = [];

function openShop(path = file): DatabaseSync {
  const shop = openAsProgram(path);
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
async function placeOrder(app: Pick<App, "enqueue">, shop: DatabaseSync, order: number): Promise<void> {
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

const orders = (shop: DatabaseSync) => shop.prepare("SELECT id FROM orders").all().length;

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
