import { type App, handle } from "@jobs/core";
import type { Knex } from "knex";
import { payOrder, sendReceipt } from "./tasks.ts";

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
export function placeOrder(app: Pick<App, "enqueue">, knex: Knex, order: number): Promise<void> {
  return knex.transaction(async (trx) => {
    await trx("orders").insert({ id: order });
    await app.enqueue(sendReceipt, { order }, { transaction: trx });
  });
}
// #endregion

// #region complete
/** Stores the payment, the job that mails its receipt, and the end of its own job: all of them, or nothing. */
export const payByKnex = (knex: Knex) =>
  handle(payOrder, ({ order }, ctx) =>
    knex.transaction(async (trx) => {
      await trx("payments").insert({ order_id: order });
      await ctx.enqueue(sendReceipt, { order }, { transaction: trx });
      await ctx.transaction(trx, { paid: order });
    }),
  );
// #endregion
