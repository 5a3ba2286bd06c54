import { join } from "node:path";
import { type SqliteDriver, sqlite, sqliteResults } from "@jobs/adapter-sqlite";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { createNoopApp, fill, noop } from "../../load/noop-app.ts";
import { rateOf } from "../../load/rate.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";
import { inWaves } from "../../load/waves.ts";

const nothing = () => {};

/** A caller that waits for each job before it sends the next. */
export function enqueueAwaited(driver?: SqliteDriver): BenchCase {
  return {
    name: named("jobs, one awaited", driver),
    units: { enqueue: "jobs/s" },
    async run(scale) {
      const jobs = byScale(scale, 10_000, 1_000);
      const app = createNoopApp(sqlite({ file: databaseFile(), ...(driver && { driver }) }), nothing);
      const enqueue = async (count: number) => {
        for (let n = 0; n < count; n++) await app.enqueue(noop, { n });
      };
      await enqueue(jobs / 10);
      return { enqueue: await rateOf(jobs, () => enqueue(jobs)) };
    },
  };
}

/** A thousand callers at once. */
export function enqueueConcurrent(driver?: SqliteDriver): BenchCase {
  return {
    name: named("jobs, 1,000 concurrent", driver),
    units: { enqueue: "jobs/s" },
    async run(scale) {
      const jobs = byScale(scale, 200_000, 20_000);
      const app = createNoopApp(sqlite({ file: databaseFile(), ...(driver && { driver }) }), nothing);
      const enqueue = (count: number) => inWaves(count, () => app.enqueue(noop, { n: 1 }));
      await enqueue(jobs / 10);
      return { enqueue: await rateOf(jobs, () => enqueue(jobs)) };
    },
  };
}

/** The name of a case, with the driver where one is chosen. */
export function named(work: string, driver?: SqliteDriver): string {
  return driver === undefined ? work : `${work}, ${driver}`;
}

/** Runs jobs that are already stored and keeps their results. */
export function consume(concurrency: number, driver?: SqliteDriver): BenchCase {
  return {
    name: named(`jobs, consume at ${concurrency}`, driver),
    units: { consume: "jobs/s" },
    async run(scale) {
      const jobs = byScale(scale, concurrency === 1 ? 20_000 : 100_000, 5_000);
      const file = databaseFile();
      const app = createNoopApp(
        sqlite({ file, ...(driver && { driver }) }),
        nothing,
        sqliteResults({ file }),
      );
      await fill(app, jobs);
      const worker = app.worker({ concurrency, until: { type: "settled", jobs }, ownsProcess: false });
      return { consume: await rateOf(jobs, () => worker.run()) };
    },
  };
}

/** The cost of a job in a file with many waiting jobs. */
export function amongStored(name: string, count: number): BenchCase {
  return {
    name,
    units: { enqueue: "µs", work: "µs" },
    async run(scale) {
      const jobs = byScale(scale, 50_000, 10_000);
      const app = createNoopApp(sqlite({ file: databaseFile() }), nothing);
      await fill(app, count === 1_000_000 ? byScale(scale, count, count / 10) : count);
      const enqueued = await rateOf(jobs, () => inWaves(jobs, () => app.enqueue(noop, { n: 1 })));
      const worker = app.worker({ concurrency: 100, until: { type: "settled", jobs }, ownsProcess: false });
      const worked = await rateOf(jobs, () => worker.run());
      return { enqueue: 1e6 / enqueued, work: 1e6 / worked };
    },
  };
}

/** A path for the database of one run. */
export function databaseFile(): string {
  return join(temporaryFolder(), "jobs.db");
}
