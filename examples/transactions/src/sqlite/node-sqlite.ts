import { type App, handle } from "@jobs/core";
import { payOrder, sendReceipt } from "../tasks.ts";
import type { DatabaseSync } from "./database-sync.ts";

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
export function placeOrder(app: Pick<App, "enqueue">, shop: DatabaseSync, order: number): Promise<void> {
  return inTransaction(shop, async () => {
    shop.prepare("INSERT INTO orders (id) VALUES (?)").run(order);
    await app.enqueue(sendReceipt, { order }, { transaction: shop });
  });
}

async function inTransaction(shop: DatabaseSync, work: () => Promise<void>): Promise<void> {
  shop.exec("BEGIN IMMEDIATE");
  try {
    await work();
    shop.exec("COMMIT");
  } catch (error) {
    shop.exec("ROLLBACK");
    throw error;
  }
}
// #endregion

// #region complete
/** Stores the payment, the job that mails its receipt, and the end of its own job: all of them, or nothing. */
export const payByNodeSqlite = (shop: DatabaseSync) =>
  handle(payOrder, ({ order }, ctx) =>
    inTransaction(shop, async () => {
      shop.prepare("INSERT INTO payments (order_id) VALUES (?)").run(order);
      await ctx.enqueue(sendReceipt, { order }, { transaction: shop });
      await ctx.transaction(shop, { paid: order });
    }),
  );
// #endregion
