import { redis } from "@jobs/adapter-redis";
import { createApp, handle } from "@jobs/core";
import { askForReview, charge, sendReceipt } from "./tasks.ts";

// #region app
/** The one app of this service. Its HTTP module and its handlers import it. */
export const app = createApp({
  queuePrefix: "shop-",
  broker: redis({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379" }),
  tasks: [charge, sendReceipt, askForReview],
  handlers: [
    handle(charge, async ({ order, cents }) => {
      if (cents <= 0) throw new RangeError("nothing to charge");
      await app.enqueue(askForReview, { order }, { delayMs: 7 * 24 * 3_600_000 });
    }),
    handle(sendReceipt, () => {}),
    handle(askForReview, () => {}),
  ],
});
// #endregion
