import type { ConnectionOptions, Worker } from "bullmq";
import { createCountdown } from "../../load/countdown.ts";
import type { Contender, ContenderKind } from "./contender.ts";

const NAME = "noop";

const QUEUE = "default";

/** BullMQ with its defaults, except that it keeps no finished jobs: ours keeps none, and keeping them takes time. */
export const bullmqContender: ContenderKind = {
  name: "BullMQ",
  async open(url, onRun): Promise<Contender> {
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
      async fill(jobs) {
        for (let sent = 0; sent < jobs; sent += 1_000) {
          const count = Math.min(1_000, jobs - sent);
          await queue.addBulk(Array.from({ length: count }, (_, n) => ({ name: NAME, data: { n } })));
        }
      },
      async consume(jobs, concurrency) {
        const done = createCountdown(jobs);
        work(concurrency).on("completed", done.hit);
        await done.reached;
      },
      serve: () => void work(1),
      async close() {
        await Promise.all([queue, ...workers].map((user) => user.close()));
      },
    };
  },
};
