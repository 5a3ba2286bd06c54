import { EventEmitter } from "node:events";
import type { Runner, WorkerEvents } from "graphile-worker";
import { type ContenderKind, dataOf, inThousands } from "../../contenders/contender.ts";
import { createCountdown } from "../../load/countdown.ts";
import { consumerUrl } from "./consumer-url.ts";

const TASK = "noop";

/** What its page on performance sets for high throughput. */
const BATCHED = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };

const NONE = {};

/** graphile-worker as it comes: each slot of its worker fetches a job, and completes it. */
export const graphileContender: ContenderKind = contenderBy("graphile-worker", NONE);

/** The same with its local queue of 500 jobs, and jobs that are completed together. */
export const batchedGraphileContender: ContenderKind = contenderBy("graphile-worker, batched", BATCHED);

/** It has 10 connections, or two more than its concurrency: the default of its pool, and what its page asks for. */
function contenderBy(name: string, batching: Partial<typeof BATCHED>): ContenderKind {
  return {
    name,
    isBatched: batching !== NONE,
    packages: ["graphile-worker", "pg"],
    async open(url, onRun) {
      const { Logger, makeWorkerUtils, run } = await import("graphile-worker");
      const logger = new Logger(() => () => {});
      const utils = await makeWorkerUtils({ connectionString: url, logger });
      await utils.migrate();
      const runners: Runner[] = [];
      const work = async (concurrentJobs: number, events: WorkerEvents = new EventEmitter()) => {
        const maxPoolSize = Math.max(10, concurrentJobs + 2);
        const worker = {
          concurrentJobs,
          maxPoolSize,
          logger,
          connectionString: consumerUrl(url),
          ...batching,
        };
        const taskList = { [TASK]: async () => void (await onRun()) };
        runners.push(await run({ preset: { worker }, events, taskList, noHandleSignals: true }));
      };
      return {
        enqueue: () => utils.addJob(TASK, { n: 1 }),
        enqueueText: (text) => utils.addJob(TASK, { text }),
        fill: (jobs, text) =>
          inThousands(jobs, (count) =>
            utils.addJobs(
              Array.from({ length: count }, (_, n) => ({ identifier: TASK, payload: dataOf(n, text) })),
            ),
          ),
        async consume(jobs, concurrency) {
          const done = createCountdown(jobs);
          const events: WorkerEvents = new EventEmitter();
          events.on("job:complete", done.hit);
          await work(concurrency, events);
          await done.reached;
        },
        serve: work,
        async close() {
          await Promise.all(runners.map((runner) => runner.stop()));
          await utils.release();
        },
      };
    },
  };
}
