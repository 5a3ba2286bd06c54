import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";

const welcome = defineTask("welcome", { email: "string" });
const app = createApp({
  broker: sqlite({ file: ".jobs/jobs.db" }),
  tasks: [welcome],
  handlers: [handle(welcome, ({ email }) => console.log(`Welcome, ${email}`))],
});
await app.enqueue(welcome, { email: "ada@example.org" });
await app.worker({ until: { type: "drained" } }).run();
await app.close();
