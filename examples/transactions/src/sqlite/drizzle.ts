import { type App, handle } from "@jobs/core";
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import { payOrder, sendReceipt } from "../tasks.ts";
import type { DatabaseSync } from "./database-sync.ts";

const orders = sqliteTable("orders", { id: integer("id").primaryKey() });

const payments = sqliteTable("payments", { orderId: integer("order_id").notNull() });

/** A database of Drizzle, and the connection that it works on. */
export interface DrizzleShop {
  readonly db: SqliteRemoteDatabase;
  readonly connection: DatabaseSync;
}

/** Another process may write: so the transaction waits at its begin, not in its middle. */
const IMMEDIATE = { behavior: "immediate" } as const;

// #region open
/** Drizzle on a connection that jobs can share. Its own drivers bring another copy of SQLite. */
export function openDrizzle(connection: DatabaseSync): DrizzleShop {
  const db = drizzle(async (sql, params, method) => {
    const statement = connection.prepare(sql);
    if (method === "run") {
      statement.run(...params);
      return { rows: [] };
    }
    const rows = statement.all(...params).map((row) => Object.values(row as object));
    return { rows: method === "get" ? (rows[0] ?? []) : rows };
  });
  return { db, connection };
}
// #endregion

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
export function placeOrder(app: Pick<App, "enqueue">, { db, connection }: DrizzleShop, order: number) {
  return db.transaction(async (tx) => {
    await tx.insert(orders).values({ id: order });
    await app.enqueue(sendReceipt, { order }, { transaction: connection });
  }, IMMEDIATE);
}
// #endregion

// #region complete
/** Stores the payment, the job that mails its receipt, and the end of its own job: all of them, or nothing. */
export const payByDrizzle = ({ db, connection }: DrizzleShop) =>
  handle(payOrder, ({ order }, ctx) =>
    db.transaction(async (tx) => {
      await tx.insert(payments).values({ orderId: order });
      await ctx.enqueue(sendReceipt, { order }, { transaction: connection });
      await ctx.transaction(connection, { paid: order });
    }, IMMEDIATE),
  );
// #endregion
