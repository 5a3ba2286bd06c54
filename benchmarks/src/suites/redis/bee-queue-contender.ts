import { type ContenderKind, dataOf, inThousands } from "../../contenders/contender.ts";
import { createCountdown } from "../../load/countdown.ts";

const QUEUE = "default";

/**
 * bee-queue as its README sets producers and workers. It keeps no finished jobs, as ours keeps none. Nobody waits for the
 * events of a job, so nothing is kept for them.
 */
export const beeQueueContender: ContenderKind = {
  name: "bee-queue",
  isBatched: false,
  packages: ["bee-queue"],
  async open(url, onRun) {
    const { default: BeeQueue } = await import("bee-queue");
    const settings = { redis: { url }, getEvents: false, storeJobs: false, removeOnSuccess: true };
    const queue = new BeeQueue(QUEUE, { ...settings, isWorker: false });
    await queue.ready();
    const workers: { close(): Promise<void> }[] = [];
    const work = (concurrency: number) => {
      const worker = new BeeQueue(QUEUE, settings);
      workers.push(worker);
      worker.process(concurrency, async () => onRun());
      return worker;
    };
    return {
      enqueue: () => queue.createJob({ n: 1 }).save(),
      enqueueText: (text) => queue.createJob({ text }).save(),
      fill: (jobs, text) =>
        inThousands(jobs, async (count) => {
          const errors = await queue.saveAll(
            Array.from({ length: count }, (_, n) => queue.createJob(dataOf(n, text))),
          );
          for (const error of errors.values()) throw error;
        }),
      async consume(jobs, concurrency) {
        const done = createCountdown(jobs);
        const worker = work(concurrency);
        worker.on("succeeded", done.hit);
        await done.reached;
        void worker.close();
      },
      serve: (concurrency) => work(concurrency).ready(),
      close: () => Promise.all([queue, ...workers].map((one) => one.close())),
    };
  },
};
