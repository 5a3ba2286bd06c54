// #region express
import type { AddressInfo } from "node:net";
import express from "express";
import { app } from "./app.ts";
import { charge } from "./tasks.ts";

const api = express().use(express.json());

api.post("/orders", async ({ body }, response) => {
  await app.enqueue(charge, { order: body.order, cents: body.cents });
  response.status(202).json({ order: body.order });
});

const server = api.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
process.once("SIGTERM", () => server.close(() => app.close()));
// #endregion
