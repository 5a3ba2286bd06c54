import { redis } from "@jobs/adapter-redis";
import { createApp } from "@jobs/core";
import { sendEmail } from "./tasks.ts";

// #region app
/** It has no handlers: the providers of the Nest application are its handlers. */
export const app = createApp({
  queuePrefix: "shop-",
  broker: redis({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379" }),
  tasks: [sendEmail],
});
// #endregion
