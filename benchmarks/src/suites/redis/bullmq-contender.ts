import type { ConnectionOptions, Worker } from "bullmq";
import { type ContenderKind, dataOf, inThousands } from "../../contenders/contender.ts";
import { createCountdown } from "../../load/countdown.ts";

const NAME = "noop";

const QUEUE = "default";

/** BullMQ with its defaults, except that it keeps no finished jobs: ours keeps none, and keeping them takes time. */
export const bullmqContender: ContenderKind = {
  name: "BullMQ",
  isBatched: false,
  packages: ["bullmq", "ioredis"],
  async open(url, onRun) {
    const bullmq = await import("bullmq");
    const connection: ConnectionOptions = { url, maxRetriesPerRequest: null };
    const queue = new bullmq.Queue(QUEUE, { connection, defaultJobOptions: { removeOnComplete: true } });
    await queue.waitUntilReady();
    const workers: Worker[] = [];
    const work = (concurrency: number) => {
      const worker = new bullmq.Worker(QUEUE, async () => onRun(), { connection, concurrency });
      workers.push(worker);
      return worker;
    };
    return {
      enqueue: () => queue.add(NAME, { n: 1 }),
      enqueueText: (text) => queue.add(NAME, { text }),
      fill: (jobs, text) =>
        inThousands(jobs, (count) =>
          queue.addBulk(Array.from({ length: count }, (_, n) => ({ name: NAME, data: dataOf(n, text) }))),
        ),
      async consume(jobs, concurrency) {
        const done = createCountdown(jobs);
        const worker = work(concurrency).on("completed", done.hit);
        await done.reached;
        void worker.close();
      },
      serve: (concurrency) => work(concurrency).waitUntilReady(),
      close: () => Promise.all([queue, ...workers].map((user) => user.close())),
    };
  },
};
