import { redis } from "@jobs/adapter-redis";
import { createApp, defineTask, handle } from "@jobs/core";

export const resize = defineTask("resize", { file: "string", width: "integer?" }, { queue: "images" });

export default createApp({
  queuePrefix: "shop-",
  broker: redis({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379" }),
  tasks: [resize],
  handlers: [handle(resize, ({ file, width = 800 }) => `${file} has ${width} px`)],
});
