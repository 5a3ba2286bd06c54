import { type ContenderKind, dataOf, inThousands } from "../../contenders/contender.ts";
import { consumerUrl } from "./consumer-url.ts";

const QUEUE = "noop";

/** Neither side cleans up during a run. */
const QUIET = { supervise: false, schedule: false };

/**
 * pg-boss. Its `work` fetches at most twice a second, so jobs are consumed by a loop of its `fetch` and `complete`. It
 * has 10 connections, its default.
 */
export const pgBossContender: ContenderKind = {
  name: "pg-boss",
  isBatched: false,
  packages: ["pg-boss"],
  async open(url, onRun) {
    const { default: PgBoss } = await import("pg-boss");
    const boss = await new PgBoss({ connectionString: url, ...QUIET }).start();
    await boss.createQueue(QUEUE);
    const consumer = await new PgBoss({ connectionString: consumerUrl(url), ...QUIET }).start();
    const handler = (jobs: readonly unknown[]) => Promise.all(jobs.map(() => onRun()));
    return {
      enqueue: () => boss.send(QUEUE, { n: 1 }),
      enqueueText: (text) => boss.send(QUEUE, { text }),
      fill: (jobs, text) =>
        inThousands(jobs, (count) =>
          boss.insert(Array.from({ length: count }, (_, n) => ({ name: QUEUE, data: dataOf(n, text) }))),
        ),
      async consume(jobs, batchSize) {
        for (let left = jobs; left > 0; ) {
          const fetched = await consumer.fetch(QUEUE, { batchSize });
          await handler(fetched);
          const ids = fetched.map(({ id }) => id);
          await consumer.complete(QUEUE, ids);
          left -= ids.length;
        }
      },
      serve: (batchSize) => consumer.work(QUEUE, { batchSize, pollingIntervalSeconds: 0.5 }, handler),
      close: () => Promise.all([boss, consumer].map((one) => one.stop({ graceful: false }))),
    };
  },
};
