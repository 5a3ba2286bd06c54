// A worker process whose jobs throw everything that can be thrown where nobody catches it: `exception` or `rejection`.
import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";
import { hostileValues } from "../../../../test-servers/hostile-values.mjs";

const [, , how] = process.argv;
const values = hostileValues();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const bad = defineTask("bad", { value: "string" }, { maxAttempts: 1 });
const good = defineTask("good", {}, { maxAttempts: 1 });
const dead = [];
const runs = [];
const lines = [];
const app = createApp({
  broker: memory(),
  tasks: [bad, good],
  handlers: [
    handle(bad, async ({ value }) => {
      setTimeout(() => {
        const thrown = values[value]();
        if (how === "exception") throw thrown;
        void Promise.reject(thrown);
      }, 50);
      await pause(1_000);
    }),
    handle(good, async () => {
      runs.push("good");
      await pause(500);
    }),
  ],
  runtime: { logger: { debug() {}, info() {}, warn() {}, error: ({ err }) => lines.push(err) } },
  observers: [(event) => event.type === "job.dead" && dead.push(event)],
});
const names = Object.keys(values);
await app.enqueue(good, {});
for (const value of names) await app.enqueue(bad, { value });
const worker = app.worker({
  concurrency: names.length + 1,
  shutdownTimeoutMs: 4_000,
  until: { type: "drained" },
});
const { cause, succeeded } = await worker.run();
const isReadable = (error) =>
  [error.name, error.message, error.stack].every((text) => typeof text === "string");
const report = {
  cause,
  succeeded,
  goodRuns: runs.length,
  missing: names.length - dead.length,
  reasons: [...new Set(dead.map(({ reason }) => reason))],
  unreadable: lines.filter((error) => !isReadable(error)).length,
  longest: Math.max(...lines.map(({ message, stack }) => message.length + stack.length)),
};
process.stdout.write(JSON.stringify(report));
process.exit(0);
