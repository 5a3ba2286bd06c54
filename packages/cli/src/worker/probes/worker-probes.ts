import type { App, AppDefinition, Logger, Worker } from "@jobs/core";
import { VERSION } from "../../base/program.ts";
import { maskText } from "../../output/mask-secrets.ts";
import { brokerOf } from "../../project/open-app.ts";
import type { CallMetrics } from "./call-metrics.ts";
import type { ProbeSource } from "./open-probes.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

/** What the probes observe. */
export interface Probed {
  readonly app: App;
  readonly worker: Worker;
  /** Set where its calls are measured, see {@link measureDefinition}. */
  readonly calls: CallMetrics | undefined;
}

/** The app whose calls are measured, and their metrics. */
export async function measureDefinition(
  definition: AppDefinition,
): Promise<{ readonly definition: AppDefinition; readonly calls: CallMetrics }> {
  const { createCallMetrics } = await import("./call-metrics.ts");
  const { measureCalls } = await import("@jobs/core/runtime");
  const calls = createCallMetrics(definition);
  return { definition: measureCalls(definition, calls.observe), calls };
}

/** The probes of a worker in this process. */
export function workerProbes(probed: Probed, logger: Logger | undefined): ProbeSource {
  return {
    logger,
    health: async () => (await import("./health-pages.ts")).healthPages(probed.worker),
    async metrics() {
      const { metricsText } = await import("./metric-family.ts");
      const metrics = await measureWorker(probed);
      return (format) => metricsText(metrics.families(), format);
    },
  };
}

/** Begins to count what the worker does. */
export async function measureWorker({ app, worker, calls }: Probed): Promise<WorkerMetrics> {
  const { createWorkerMetrics } = await import("./worker-metrics.ts");
  const { createQueueMetrics } = await import("./queue-metrics.ts");
  const { release = "" } = app.config;
  const metrics = createWorkerMetrics({
    worker,
    concurrency: app.config.worker.concurrency,
    tasks: app.tasks.tasks.map(({ name }) => name),
    calls,
    queues: createQueueMetrics(app, brokerOf(app).kind),
    info: { worker: worker.identity, release: maskText(release), jobs: VERSION, node: process.version },
  });
  app.observe(metrics.observe);
  return metrics;
}
