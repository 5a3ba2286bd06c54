// #region api
import { Hono } from "hono";
import { app } from "./app.ts";
import { charge, sendReceipt } from "./tasks.ts";

export const api = new Hono();

api.post("/orders", async (request) => {
  const { order, cents, to } = await request.req.json();
  await app.enqueue(charge, { order, cents });
  await app.enqueue(sendReceipt, { order, to });
  return request.json({ order }, 202);
});
// #endregion
