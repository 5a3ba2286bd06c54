import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { notePackages } from "../../harness/versions.ts";
import { rateOf } from "../../load/rate.ts";
import { inWaves } from "../../load/waves.ts";
import { memoryUse } from "./memory-use.ts";

/** As many jobs at once as our worker runs. */
const CONCURRENCY = 100;

const QUEUED = 100_000;

const PACKAGES = ["p-queue", "fastq"];

/** A function that does nothing, asynchronous as handlers are. */
async function work(): Promise<void> {}

function endToEnd(name: string, createSend: () => Promise<() => Promise<unknown>>): BenchCase {
  return {
    name,
    row: { broker: "Memory", work: "enqueue and run", by: name },
    units: { "end to end": "jobs/s" },
    async run(scale) {
      const jobs = byScale(scale, 300_000, 50_000);
      notePackages(PACKAGES);
      const send = await createSend();
      await inWaves(jobs, send);
      return { "end to end": await rateOf(jobs, () => inWaves(jobs, send)) };
    },
  };
}

export const pQueueEndToEnd = endToEnd("p-queue", async () => {
  const { default: PQueue } = await import("p-queue");
  const queue = new PQueue({ concurrency: CONCURRENCY });
  return () => queue.add(work);
});

export const fastqEndToEnd = endToEnd("fastq.promise", async () => {
  const { promise } = await import("fastq");
  const queue = promise(work, CONCURRENCY);
  return () => queue.push(1);
});

/** No queue: only calls a function. */
export const awaitLoop: BenchCase = {
  name: "plain await loop",
  row: { broker: "Memory", work: "enqueue and run", by: "plain await loop" },
  units: { "end to end": "jobs/s" },
  async run(scale) {
    const jobs = byScale(scale, 3_000_000, 500_000);
    const loop = async (count: number) => {
      for (let i = 0; i < count; i++) await work();
    };
    await loop(jobs);
    return { "end to end": await rateOf(jobs, () => loop(jobs)) };
  },
};

function queued(by: string, createSend: () => Promise<(n: number) => unknown>): BenchCase {
  return {
    name: `queued: ${by}`,
    row: { broker: "Memory", work: `${QUEUED.toLocaleString("en")} waiting jobs`, by },
    units: { "a job": "bytes", process: "MB" },
    async run(scale) {
      const jobs = byScale(scale, QUEUED, QUEUED / 10);
      const send = await createSend();
      return memoryUse(jobs, async () => {
        for (let n = 0; n < jobs; n++) void send(n);
        return send;
      });
    },
  };
}

export const pQueueQueued = queued("p-queue", async () => {
  const { default: PQueue } = await import("p-queue");
  const queue = new PQueue({ concurrency: 1, autoStart: false });
  return () => queue.add(work);
});

export const fastqQueued = queued("fastq.promise", async () => {
  const { promise } = await import("fastq");
  const queue = promise(work, 1);
  queue.pause();
  return (n) => queue.push(n);
});
