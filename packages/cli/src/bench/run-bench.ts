import { randomBytes } from "node:crypto";
import { type App, createApp, defineTask, type EnqueueItem, handle } from "@jobs/core";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";
import { brokerOf } from "../project/open-app.ts";

/** The name of each benchmark's queue begins with this. Other queues are never touched. */
const BENCH_QUEUE = "jobs-bench";

/** What is measured. */
export interface BenchPlan {
  readonly count: number;
  /** How long each job waits, in ms. */
  readonly sleepMs: number;
  readonly concurrency: number;
  /** An existing queue, for brokers that create none. Default: a separate one with a random name. */
  readonly queue?: string | undefined;
}

/** How long a number of jobs took. */
export interface Pace {
  readonly jobs: number;
  readonly seconds: number;
  readonly perSecond: number;
}

/** What was measured. */
export interface BenchReport {
  readonly broker: string;
  readonly queue: string;
  readonly enqueued: Pace;
  readonly worked: Pace;
}

/** Number of jobs sent in one call. */
const CHUNK = 1_000;

const sleepTask = defineTask("jobs_bench", { sleepMs: "number" });

/**
 * Fills a separate queue on the broker of `host`, runs its jobs in this process, and always empties the queue again.
 * @throws CliError `usage` for a queue that is not for benchmarks, or that holds jobs
 */
export async function runBench(host: App, plan: BenchPlan): Promise<BenchReport> {
  const { queue = `${BENCH_QUEUE}-${randomBytes(4).toString("hex")}`, concurrency } = plan;
  if (!queue.startsWith(BENCH_QUEUE))
    throw refused(`the name of a benchmark's queue begins with ${BENCH_QUEUE}`);
  await using app = createApp({
    broker: brokerOf(host),
    queuePrefix: host.config.queuePrefix,
    tasks: [sleepTask],
    routes: { [sleepTask.name]: queue },
    handlers: handle(sleepTask, ({ sleepMs }, ctx) =>
      sleepMs === 0 ? undefined : sleep(keepAliveClock, sleepMs, ctx.signal),
    ),
  });
  const opened = await app.queue(queue);
  const { ready, delayed } = await opened.stats();
  if ((ready.n ?? 0) + (delayed.n ?? 0) > 0) throw refused(`the queue ${queue} holds jobs`);
  try {
    const enqueued = await timed(() => fill(app, plan));
    const worker = app.worker({ concurrency, until: { type: "settled", jobs: enqueued.jobs } });
    const worked = await timed(async () => (await worker.run()).succeeded);
    return { broker: brokerOf(app).kind, queue, enqueued, worked };
  } finally {
    if (opened.capabilities.purge !== false) await opened.purge();
  }
}

async function fill(app: App, { count, sleepMs }: BenchPlan): Promise<number> {
  for (let from = 0; from < count; from += CHUNK) {
    const size = Math.min(CHUNK, count - from);
    const items = Array.from({ length: size }, (): EnqueueItem => [sleepTask, { sleepMs }]);
    for (const result of await app.enqueueMany(items)) {
      if (result.status === "refused") throw result.error;
    }
  }
  return count;
}

async function timed(work: () => Promise<number>): Promise<Pace> {
  const begin = performance.now();
  const jobs = await work();
  const ms = Math.max(1, performance.now() - begin);
  return { jobs, seconds: Math.round(ms) / 1_000, perSecond: Math.round((jobs / ms) * 1_000) };
}

function refused(why: string): CliError {
  return new CliError("usage", `this queue is not benchmarked: ${why}.`, {
    hint: "Leave out --queue for a queue of its own, or name an empty one that is there for benchmarks.",
  });
}
