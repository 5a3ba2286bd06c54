import { memory } from "@jobs/adapter-memory";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { createCountdown } from "../../load/countdown.ts";
import { createNoopApp, fill, noop } from "../../load/noop-app.ts";
import { rateOf } from "../../load/rate.ts";
import { inWaves } from "../../load/waves.ts";
import { memoryUse } from "./memory-use.ts";

/** Enqueues and runs at the same time, through the app and a worker as users have them. */
export const jobsEndToEnd: BenchCase = {
  name: "jobs",
  row: { broker: "Memory", work: "enqueue and run", by: "jobs" },
  units: { "end to end": "jobs/s" },
  async run(scale) {
    const jobs = byScale(scale, 300_000, 50_000);
    let done = createCountdown(jobs);
    const app = createNoopApp(memory(), () => done.hit());
    void app.worker({ concurrency: 100, ownsProcess: false }).run();
    const throughput = async (count: number) => {
      done = createCountdown(count);
      await inWaves(count, () => app.enqueue(noop, { n: 1 }));
      await done.reached;
    };
    await throughput(jobs);
    return { "end to end": await rateOf(jobs, () => throughput(jobs)) };
  },
};

/** The memory of waiting jobs. */
export function jobsQueued(name: string, count: number): BenchCase {
  return {
    name,
    row: { broker: "Memory", work: `${count.toLocaleString("en")} waiting jobs`, by: "jobs" },
    units: { "a job": "bytes", process: "MB" },
    async run(scale) {
      const jobs = byScale(scale, count, count / 10);
      const app = createNoopApp(memory(), () => {});
      await fill(app, 1_000);
      return memoryUse(jobs, async () => {
        await fill(app, jobs);
        return app;
      });
    },
  };
}
