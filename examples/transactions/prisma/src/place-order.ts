import { type App, handle } from "@jobs/core";
import type { PrismaClient } from "./generated/client.ts";
import { payOrder, sendReceipt } from "./tasks.ts";

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
export function placeOrder(app: Pick<App, "enqueue">, prisma: PrismaClient, id: number): Promise<void> {
  return prisma.$transaction(async (tx) => {
    await tx.order.create({ data: { id } });
    await app.enqueue(sendReceipt, { order: id }, { transaction: tx });
  });
}
// #endregion

// #region complete
/** Stores the payment, the job that mails its receipt, and the end of its own job: all of them, or nothing. */
export const payByPrisma = (prisma: PrismaClient) =>
  handle(payOrder, ({ order }, ctx) =>
    prisma.$transaction(async (tx) => {
      await tx.payment.create({ data: { orderId: order } });
      await ctx.enqueue(sendReceipt, { order }, { transaction: tx });
      await ctx.transaction(tx, { paid: order });
    }),
  );
// #endregion
