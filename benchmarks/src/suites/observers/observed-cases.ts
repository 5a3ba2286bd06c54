import { memory, memoryResults } from "@jobs/adapter-memory";
import { sqlite, sqliteResults } from "@jobs/adapter-sqlite";
import { createApp, handle } from "@jobs/core";
import type { Broker, ResultStore } from "@jobs/core/broker";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { fill, noop } from "../../load/noop-app.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";

/** Where jobs are stored, and where their results are. */
interface Stores {
  readonly broker: Broker;
  readonly results: ResultStore;
}

const STORES: Readonly<Record<"memory" | "sqlite", () => Stores>> = {
  memory: () => ({ broker: memory(), results: memoryResults() }),
  sqlite: () => {
    const file = `${temporaryFolder()}/jobs.db`;
    return { broker: sqlite({ file }), results: sqliteResults({ file }) };
  },
};

/** What is done for jobs besides running them. */
export interface Watching {
  readonly hasResults: boolean;
  readonly hasMonitor: boolean;
}

/** All four, the bare one first. */
export const WATCHINGS: readonly Watching[] = [false, true].flatMap((hasMonitor) =>
  [false, true].map((hasResults) => ({ hasResults, hasMonitor })),
);

/** Its name in tables. */
function caseName(place: keyof typeof STORES, { hasResults, hasMonitor }: Watching): string {
  const parts = [...(hasResults ? ["results"] : []), ...(hasMonitor ? ["monitor"] : [])];
  return `${place}, ${parts.length === 0 ? "bare" : parts.join(" and ")}`;
}

/**
 * Measures jobs from their enqueue until all results and events are stored: closing the app waits for that. The monitor
 * itself runs elsewhere, so only its queue is measured.
 */
export function observed(place: keyof typeof STORES, watching: Watching): BenchCase {
  return {
    name: caseName(place, watching),
    units: { "end to end": "jobs/s", "CPU a job": "µs" },
    async run(scale) {
      const jobs = byScale(scale, 50_000, 5_000);
      await runJobs(place, watching, jobs / 10);
      const startedAt = performance.now();
      const before = process.cpuUsage();
      await runJobs(place, watching, jobs);
      const { user, system } = process.cpuUsage(before);
      const seconds = (performance.now() - startedAt) / 1_000;
      return { "end to end": jobs / seconds, "CPU a job": (user + system) / jobs };
    },
  };
}

async function runJobs(place: keyof typeof STORES, watching: Watching, jobs: number): Promise<void> {
  const { broker, results } = STORES[place]();
  const app = createApp({
    broker,
    tasks: [noop],
    handlers: [handle(noop, () => {})],
    ...(watching.hasResults ? { results } : {}),
    ...(watching.hasMonitor ? { monitor: "monitor" } : {}),
  });
  await fill(app, jobs);
  await app
    .worker({ concurrency: 100, queues: ["default"], until: { type: "settled", jobs }, ownsProcess: false })
    .run();
  await app.close();
}
