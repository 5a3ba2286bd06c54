import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTables, sqlite, sqliteResults } from "@jobs/adapter-sqlite";
import { openSqlite } from "@jobs/test-servers";
import { afterEach, beforeEach, describe, it } from "vitest";
import type { DatabaseSync } from "../src/sqlite/database-sync.ts";
import * as byDrizzle from "../src/sqlite/drizzle.ts";
import * as byKysely from "../src/sqlite/kysely.ts";
import * as byNode from "../src/sqlite/node-sqlite.ts";
import { checkCompletion, checkEnqueue, checkRefusal, type Library, type Shop } from "./one-transaction.ts";

const TABLES = `
  PRAGMA foreign_keys = ON;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE orders (id INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE payments (order_id INTEGER NOT NULL REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
  CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.messages WHEN NEW.id = 'refused'
    BEGIN SELECT RAISE(ABORT, 'refused'); END`;

const libraries: Readonly<Record<string, (connection: DatabaseSync) => Library>> = {
  "node:sqlite": (connection) => ({
    placeOrder: (app, order) => byNode.placeOrder(app, connection, order),
    pay: byNode.payByNodeSqlite(connection),
  }),
  Drizzle: (connection) => {
    const opened = byDrizzle.openDrizzle(connection);
    return {
      placeOrder: (app, order) => byDrizzle.placeOrder(app, opened, order),
      pay: byDrizzle.payByDrizzle(opened),
    };
  },
  Kysely: (connection) => {
    const opened = byKysely.openKysely(connection);
    return {
      placeOrder: (app, order) => byKysely.placeOrder(app, opened, order),
      pay: byKysely.payByKysely(opened),
    };
  },
};

describe.each(Object.entries(libraries))("one transaction on SQLite: %s", (_, open) => {
  let folder: string;
  let connection: DatabaseSync;
  let shop: Shop;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "jobs-shop-"));
    const file = join(folder, "shop.db");
    await createTables({ file });
    connection = openSqlite(file) as DatabaseSync;
    connection.exec(TABLES);
    shop = {
      broker: () => sqlite({ file, synchronous: "normal" }),
      results: () => sqliteResults({ file }),
      column: async (table, name) => {
        const rows = connection.prepare(`SELECT ${name} AS value FROM ${table} ORDER BY 1`).all();
        return (rows as readonly { readonly value: number }[]).map(({ value }) => value);
      },
    };
  });

  afterEach(() => {
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("the job exists if and only if the transaction commits", () =>
    checkEnqueue(shop, "q", open(connection)));

  it("a refused job leaves the transaction usable", () => checkRefusal(shop, "q", open(connection)));

  it("a handler's rows, its follow-up and the end of its job are one", () =>
    checkCompletion(shop, "q", open(connection)));
});
