import type { ContenderKind, Stage } from "../../contenders/contender.ts";
import { jobsContender } from "../../contenders/jobs-contender.ts";
import { usedBytes } from "./memory-use.ts";

/** Ours with all defaults. */
const memoryJobs = jobsContender("jobs", [], async () => {
  const { memory } = await import("@jobs/adapter-memory");
  return { broker: memory() };
});

/** A queue of functions. It carries nothing, so a text is left out. */
export const pQueueContender: ContenderKind = {
  name: "p-queue",
  isBatched: false,
  packages: ["p-queue"],
  async open(_target, onRun) {
    const { default: PQueue } = await import("p-queue");
    const queue = new PQueue({ autoStart: false });
    const enqueue = async () => void queue.add(async () => void (await onRun()));
    const serve = async (concurrency: number) => {
      queue.concurrency = concurrency;
      queue.start();
    };
    return {
      enqueue,
      enqueueText: enqueue,
      async fill(jobs) {
        for (let n = 0; n < jobs; n++) await enqueue();
      },
      async consume(_jobs, concurrency) {
        await serve(concurrency);
        await queue.onIdle();
        queue.pause();
      },
      serve,
      close: async () => {},
    };
  },
};

/** In the heap of the measured process. */
export const memoryStage: Stage = {
  title: "Memory",
  hasSize: true,
  kinds: [memoryJobs, pQueueContender],
  busyJobs: () => 100_000,
  start: async () => ({
    target: "",
    cpuMs: () => 0,
    usedBytes,
    async [Symbol.asyncDispose]() {},
  }),
};
