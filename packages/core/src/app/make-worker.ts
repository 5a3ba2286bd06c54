import { validateBroker } from "../broker/broker-validator.ts";
import { constructorLayer } from "../config/constructor-layer.ts";
import { resolveConfig } from "../config/precedence.ts";
import { checkResultsReach } from "../results/results-reach.ts";
import { createWorker } from "../worker/create-worker.ts";
import type { Worker, WorkerOptions } from "../worker/worker.ts";
import { type OpenApp, openOtherBroker } from "./open-app.ts";
import { identify } from "./report-events.ts";

/** A worker of an app. `options` override the app's own; flags, environment and file override `options`. */
export function makeWorker(options: WorkerOptions, app: OpenApp): Worker {
  const { definition, runtime, lifecycle, producer, jobLogs, deaths, hooks } = app;
  const other = options.broker && openOtherBroker(validateBroker(options.broker), app);
  const { broker, openQueue, appCoordination } = other ?? app;
  const { tasks, handlers, results } = definition;
  const { until, ownsProcess = true, identity = identify(runtime), broker: _, ...written } = options;
  const config = resolveConfig([constructorLayer({ worker: written }), ...definition.config.layers]);
  const { resultTtlMs: ttlMs, jobLog } = config.worker;
  const isStored = jobLogs !== undefined && ttlMs > 0;
  const parts = {
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
    logFields: hooks?.logFields,
    keptLog: jobLog === "off" ? undefined : { keeper: isStored ? jobLogs.keeper : undefined, level: jobLog },
    keepDeath: deaths?.keep,
    identity,
    usedQueues: definition.queues,
    resultsReach:
      results && checkResultsReach({ broker, results, isLocalAllowed: config.isLocalResultsAllowed }),
    until,
    ownsProcess,
  };
  return createWorker(parts, async () => {
    const { lateParts } = await import("./late-parts.ts");
    return lateParts(app, other, config.worker);
  });
}
