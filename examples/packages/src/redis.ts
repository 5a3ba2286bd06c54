import { redis } from "@jobs/adapter-redis";
import { createApp, defineTask, handle } from "@jobs/core";

const welcome = defineTask("welcome", { email: "string" });
const app = createApp({
  broker: redis({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379" }),
  tasks: [welcome],
  handlers: [handle(welcome, ({ email }) => console.log(`Welcome, ${email}`))],
});
await app.enqueue(welcome, { email: "ada@example.org" });
await app.worker({ until: { type: "drained" } }).run();
await app.close();
