// A worker process for the tests in this folder. It runs the jobs on its command line and prints each event as a line
// of JSON, the report last.
import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const handlers = {
  sleep: () => pause(2_000),
  hang: () => new Promise(() => {}),
  good: () => pause(300),
  /** A promise nobody waits for. */
  floating: async () => {
    void Promise.reject(new Error("left behind"));
    await pause(200);
  },
  timer: async () => {
    setTimeout(() => {
      throw new Error("in a timer");
    }, 50);
    await pause(200);
  },
  /** Goes wrong after the job has succeeded. */
  late: async () => {
    setTimeout(() => void Promise.reject(new Error("too late to blame")), 100);
  },
};

const tasks = Object.keys(handlers).map((name) => defineTask(name, {}, { maxAttempts: 1 }));
const app = createApp({
  broker: memory(),
  tasks,
  handlers: tasks.map((task) => handle(task, handlers[task.name])),
  observers: [
    ({ type, job, reason, isOfJob, error }) =>
      say({ type, task: job?.task, reason, isOfJob, message: error?.message }),
  ],
});

const [until, ...names] = process.argv.slice(2);
for (const name of names) await app.enqueueByName(name, {});
const worker = app.worker({
  shutdownTimeoutMs: 4_000,
  ...(until === "drained" ? { until: { type: "drained" } } : {}),
});
say({ report: await worker.run() });
process.exit(0);
