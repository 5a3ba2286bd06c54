import { type App, handle } from "@jobs/core";
import type { Pool, PoolClient } from "pg";
import { payOrder, sendReceipt } from "./tasks.ts";

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
export function placeOrder(app: Pick<App, "enqueue">, pool: Pool, order: number): Promise<void> {
  return inTransaction(pool, async (client) => {
    await client.query("INSERT INTO orders (id) VALUES ($1)", [order]);
    await app.enqueue(sendReceipt, { order }, { transaction: client });
  });
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
// #endregion

// #region complete
/** Stores the payment, the job that mails its receipt, and the end of its own job: all of them, or nothing. */
export const payByPg = (pool: Pool) =>
  handle(payOrder, ({ order }, ctx) =>
    inTransaction(pool, async (client) => {
      await client.query("INSERT INTO payments (order_id) VALUES ($1)", [order]);
      await ctx.enqueue(sendReceipt, { order }, { transaction: client });
      await ctx.transaction(client, { paid: order });
    }),
  );
// #endregion
