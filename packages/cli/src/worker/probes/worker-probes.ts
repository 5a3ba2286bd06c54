import type { App, Logger, Worker } from "@jobs/core";
import { VERSION } from "../../base/program.ts";
import { maskText } from "../../output/mask-secrets.ts";
import type { ProbeSource } from "./open-probes.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

/** What the probes observe. */
export interface Probed {
  readonly app: App;
  readonly worker: Worker;
}

/** The probes of a worker in this process. */
export function workerProbes(probed: Probed, logger: Logger | undefined): ProbeSource {
  return {
    logger,
    health: async () => (await import("./health-pages.ts")).healthPages(probed.worker),
    async metrics() {
      const { metricsText } = await import("./metric-family.ts");
      const metrics = await measureWorker(probed);
      return () => metricsText(metrics.families());
    },
  };
}

/** Begins to count what the worker does. */
export async function measureWorker({ app, worker }: Probed): Promise<WorkerMetrics> {
  const { createWorkerMetrics } = await import("./worker-metrics.ts");
  const { release = "" } = app.config;
  const metrics = createWorkerMetrics({
    worker,
    concurrency: app.config.worker.concurrency,
    tasks: app.tasks.tasks.map(({ name }) => name),
    info: { worker: worker.identity, release: maskText(release), jobs: VERSION, node: process.version },
  });
  app.observe(metrics.observe);
  return metrics;
}
