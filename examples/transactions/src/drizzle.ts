import { type App, handle } from "@jobs/core";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { payOrder, sendReceipt } from "./tasks.ts";

const orders = pgTable("orders", { id: integer("id").primaryKey() });

const payments = pgTable("payments", { orderId: integer("order_id").notNull() });

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
export function placeOrder(app: Pick<App, "enqueue">, db: NodePgDatabase, order: number): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.insert(orders).values({ id: order });
    await app.enqueue(sendReceipt, { order }, { transaction: tx });
  });
}
// #endregion

// #region complete
/** Stores the payment, the job that mails its receipt, and the end of its own job: all of them, or nothing. */
export const payByDrizzle = (db: NodePgDatabase) =>
  handle(payOrder, ({ order }, ctx) =>
    db.transaction(async (tx) => {
      await tx.insert(payments).values({ orderId: order });
      await ctx.enqueue(sendReceipt, { order }, { transaction: tx });
      await ctx.transaction(tx, { paid: order });
    }),
  );
// #endregion
