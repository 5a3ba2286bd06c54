import { type App, handle } from "@jobs/core";
import type { Kysely } from "kysely";
import { payOrder, sendReceipt } from "./tasks.ts";

/** The tables of the program. */
export interface Shop {
  readonly orders: { readonly id: number };
  readonly payments: { readonly order_id: number };
}

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
export function placeOrder(app: Pick<App, "enqueue">, db: Kysely<Shop>, order: number): Promise<void> {
  return db.transaction().execute(async (trx) => {
    await trx.insertInto("orders").values({ id: order }).execute();
    await app.enqueue(sendReceipt, { order }, { transaction: trx });
  });
}
// #endregion

// #region complete
/** Stores the payment, the job that mails its receipt, and the end of its own job: all of them, or nothing. */
export const payByKysely = (db: Kysely<Shop>) =>
  handle(payOrder, ({ order }, ctx) =>
    db.transaction().execute(async (trx) => {
      await trx.insertInto("payments").values({ order_id: order }).execute();
      await ctx.enqueue(sendReceipt, { order }, { transaction: trx });
      await ctx.transaction(trx, { paid: order });
    }),
  );
// #endregion
