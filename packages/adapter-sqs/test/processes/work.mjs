// A worker as a separate process, like a user's. It prints when it polls and what each job does.
import { createApp, defineTask, handle } from "@jobs/core";
import { sqs } from "../../dist/index.js";

const { jobMs, leaseMs, ...address } = JSON.parse(process.argv[2]);
const say = (text) => process.stdout.write(`${text}\n`);

const work = defineTask("work", { n: "integer" });
const app = createApp({
  broker: sqs(address),
  tasks: [work],
  handlers: [
    handle(work, async ({ n }) => {
      say(`start ${n}`);
      await new Promise((resolve) => setTimeout(resolve, jobMs));
      say(`end ${n}`);
    }),
  ],
});
await app.worker({ concurrency: 10, ...(leaseMs === undefined ? {} : { leaseMs }) }).run();
await app.close();
