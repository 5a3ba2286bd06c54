import { type ContenderKind, dataOf, inThousands } from "../../contenders/contender.ts";
import { createCountdown } from "../../load/countdown.ts";
import { NO_WAIT } from "./consumer-url.ts";

const NAME = "noop";

const QUEUE = "default";

/** BullMQ on its backend for Postgres, with its defaults, except that it keeps no finished jobs: ours keeps none. */
export const bullmqContender: ContenderKind = {
  name: "BullMQ on Postgres",
  isBatched: false,
  packages: ["bullmq", "pg"],
  async open(url, onRun) {
    const bullmq = await import("bullmq");
    const { createPostgresBackend } = bullmq;
    const queue = new bullmq.Queue(
      QUEUE,
      { connection: { connectionString: url, migrate: true }, defaultJobOptions: { removeOnComplete: true } },
      createPostgresBackend,
    );
    await queue.waitUntilReady();
    const workers: { close(): Promise<void> }[] = [];
    const work = (concurrency: number) => {
      // It sets `options` itself, and a URL with some would replace them.
      const connection = { connectionString: url, options: NO_WAIT };
      const worker = new bullmq.Worker(
        QUEUE,
        async () => onRun(),
        { connection, concurrency },
        createPostgresBackend,
      );
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
      serve: async (concurrency) => work(concurrency).waitUntilReady(),
      close: () => Promise.all([queue, ...workers].map((user) => user.close())),
    };
  },
};
