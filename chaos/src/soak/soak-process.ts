// One long-running process: an app with a worker that stays. In each round it enqueues, runs and fails jobs, and starts
// and stops another worker. Then it waits until nothing is in flight and reports its memory and handles.
import { createApp, defineTask, handle } from "@jobs/core";
import { readOrders } from "../process-orders.ts";
import type { SoakOrders } from "./soak-orders.ts";
import { soakedBroker } from "./soaked-broker.ts";
import { weigh } from "./weigh.ts";

const { broker: kind, address, rounds, jobsInRound, leaksJobs } = readOrders<SoakOrders>();

/** One job in so many fails at first. */
const FAILING = 20;

/** One job in so many is sent alone, when the one before it is done: the worker has to wait for it. */
const LONE = 2;

const soakTask = defineTask("soak", { number: "integer" }, { backoff: 1 });
const leaked: unknown[] = [];
const broker = await soakedBroker(kind);
const results = broker.openResults?.(address);

await using app = createApp({
  broker: broker.open(address),
  ...(results === undefined ? {} : { results }),
  worker: { resultTtlMs: 1_000 },
  tasks: [soakTask],
  handlers: [
    handle(soakTask, ({ number }, { id, attempt }) => {
      if (leaksJobs) leaked.push(id);
      if (number % FAILING === 0 && attempt === 1) throw new Error("not at first");
      return number;
    }),
  ],
});

let onSucceeded = () => {};
app.observe(({ type }) => {
  if (type === "job.succeeded") onSucceeded();
});
process.on("disconnect", () => process.exit(1));

const staying = app.worker({ concurrency: 20, ownsProcess: false });
const life = staying.run();
for (let round = 0; round < rounds; round++) {
  const lone = Math.floor(jobsInRound / LONE);
  for (let number = lone; number > 0; number--) await runJobs([number]);
  await runJobs(Array.from({ length: jobsInRound - lone }, (_, number) => number));
  await app.worker({ until: { type: "drained" }, ownsProcess: false }).run();
  process.send?.(await weigh());
}
await staying.stop();
await life;
// Up to here the channel kept the process alive, since queues in memory do not.
process.channel?.unref();

async function runJobs(numbers: readonly number[]): Promise<void> {
  const done = succeeded(numbers.length);
  await app.enqueueMany(numbers.map((number) => [soakTask, { number }] as const));
  await done;
}

function succeeded(count: number): Promise<void> {
  let rest = count;
  return new Promise((resolve) => {
    onSucceeded = () => {
      if (--rest === 0) resolve();
    };
  });
}
