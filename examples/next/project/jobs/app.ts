// #region app
import { redis } from "@jobs/adapter-redis";
import { type App, createApp } from "@jobs/core";
import { sendReceipt } from "./tasks.ts";

// Next.js bundles a module several times, and loads it again after each change in development.
const kept = globalThis as typeof globalThis & { shop?: App<[typeof sendReceipt]> };

kept.shop ??= createApp({
  broker: redis({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379" }),
  tasks: [sendReceipt],
});

/** One app, with one connection. It only enqueues: `jobs worker` runs elsewhere, with an app that has the handlers. */
export const app = kept.shop;
// #endregion
