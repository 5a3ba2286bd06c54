import { constructorLayer } from "../config/constructor-layer.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { TaskExecutor } from "../job/executor.ts";
import { checkResultsReach } from "../results/results-reach.ts";
import { createTicker } from "../schedule/ticker.ts";
import { createWorker } from "../worker/create-worker.ts";
import { createExecution, type Execution } from "../worker/run/execution.ts";
import type { Worker, WorkerOptions } from "../worker/worker.ts";
import type { WorkerService } from "../worker/worker-parts.ts";
import { completion } from "./completion.ts";
import { identify } from "./identity.ts";
import type { Setup } from "./setup.ts";

/** A worker of an app; `options` are weaker than flags, environment and file, and stronger than the app's own. */
export function makeWorker(options: WorkerOptions, setup: Setup): Worker {
  const { runtime, results, lifecycle, tasks, handlers } = setup;
  const { broker, producer, openQueue, appCoordination, jobLogs, deaths } = setup.use();
  const { until, ownsProcess = true, identity = identify(runtime), ...written } = options;
  const config = resolveConfig([constructorLayer({ worker: written }), ...setup.config.layers]);
  const { resultTtlMs: ttlMs, jobLog } = config.worker;
  const isLogKept = jobLogs !== undefined && jobLog !== "off" && ttlMs > 0;
  return createWorker({
    broker,
    producer,
    runtime,
    openQueue,
    appCoordination,
    config,
    settings: config.worker,
    tasks,
    handlers,
    lifecycle,
    execution: executionOf(setup),
    keptLog: isLogKept ? { keeper: jobLogs.keeper, level: jobLog } : undefined,
    keepDeath: deaths?.keep,
    ...completion({ results, appCoordination, producer, runtime, ttlMs }),
    identity,
    services: config.worker.isScheduling ? servicesOf(setup) : [],
    resultsReach:
      results && checkResultsReach({ broker, results, isLocalAllowed: config.isLocalResultsAllowed }),
    until,
    ownsProcess,
  });
}

/** How an app's handlers are wrapped. */
export function executionOf({ options, runtime }: Setup): Execution {
  return createExecution(options.executor ?? new TaskExecutor(), options.around ?? [], runtime);
}

/** What lives beside each worker; without schedules nothing does. */
function servicesOf(setup: Setup): readonly WorkerService[] {
  const { config, runtime, schedules } = setup;
  if (schedules.length === 0) return [];
  const { appCoordination, producer } = setup.use();
  return [createTicker({ schedules, appCoordination, producer, runtime, prefix: config.queuePrefix })];
}
