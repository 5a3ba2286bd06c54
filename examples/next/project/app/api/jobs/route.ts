// #region route
import { enqueueHandler } from "@jobs/producer/http";
import { app } from "../../../jobs/app.ts";
import { sendReceipt } from "../../../jobs/tasks.ts";

export const POST = enqueueHandler(app, {
  tasks: [sendReceipt],
  authorize({ headers }) {
    const key = process.env.SHOP_KEY;
    const isKnown = key !== undefined && headers.get("authorization") === `Bearer ${key}`;
    return isKnown ? "allowed" : "unauthenticated";
  },
});
// #endregion
