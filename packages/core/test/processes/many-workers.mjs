// One process with twelve workers, a host's listener and twelve sleepers on one signal. It prints each warning of Node
// and the outcomes of the jobs.
import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";
import { listenToStopSignals, sleep, systemClock } from "@jobs/core/runtime";

const warnings = [];
process.on("warning", ({ name }) => warnings.push(name));

const floating = defineTask("floating", {}, { maxAttempts: 1 });
const good = defineTask("good", {}, { maxAttempts: 1 });
const waiting = defineTask("waiting", {}, { maxAttempts: 1 });
const logged = [];
const logger = { debug() {}, info() {}, warn() {}, error: (_, text) => logged.push(text) };
const app = createApp({
  broker: memory(),
  tasks: [floating, good, waiting],
  runtime: { logger },
  handlers: [
    handle(floating, async () => {
      void Promise.reject(new Error("left behind"));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }),
    handle(good, () => {}),
    handle(waiting, (_, ctx) =>
      Promise.all(Array.from({ length: 12 }, () => sleep(systemClock, 100, ctx.signal))),
    ),
  ],
});
for (const task of [floating, good, waiting]) await app.enqueue(task, {});
const workers = Array.from({ length: 12 }, (_, index) => app.worker({ identity: `worker-${index}` }));
const unlisten = listenToStopSignals({ onStop() {}, onForce() {}, clock: systemClock });
const lives = Promise.all(workers.map((worker) => worker.run()));
const ended = new Set();
await new Promise((resolve) =>
  app.observe(({ type, job }) => {
    if (type === "job.succeeded" || type === "job.dead") ended.add(`${job.task} ${type}`);
    if (ended.size === 3) resolve();
  }),
);
process.kill(process.pid, "SIGTERM");
const causes = (await lives).map(({ cause }) => cause);
unlisten();
const handlers = ["uncaughtException", "unhandledRejection"].map((event) => process.listenerCount(event));
process.stdout.write(
  JSON.stringify({ warnings, ended: [...ended].sort(), causes: [...new Set(causes)], logged, handlers }),
);
process.exit(0);
