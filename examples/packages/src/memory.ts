import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";

const welcome = defineTask("welcome", { email: "string" });
const app = createApp({
  broker: memory(),
  tasks: [welcome],
  handlers: [handle(welcome, ({ email }) => console.log(`Welcome, ${email}`))],
});
await app.enqueue(welcome, { email: "ada@example.org" });
await app.worker({ until: { type: "drained" } }).run();
await app.close();
