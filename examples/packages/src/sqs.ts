import { sqs } from "@jobs/adapter-sqs";
import { createApp, defineTask, handle } from "@jobs/core";

const welcome = defineTask("welcome", { email: "string" });
const app = createApp({
  broker: sqs(), // region and credentials: as every program of AWS finds them
  tasks: [welcome],
  handlers: [handle(welcome, ({ email }) => console.log(`Welcome, ${email}`))],
});
await app.enqueue(welcome, { email: "ada@example.org" });
await app.worker({ until: { type: "drained" } }).run();
await app.close();
