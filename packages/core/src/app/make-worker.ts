import { validateBroker } from "../broker/broker-validator.ts";
import { constructorLayer } from "../config/constructor-layer.ts";
import { resolveConfig } from "../config/precedence.ts";
import { continueFlowStep, runOnce } from "../flow/continue-flow.ts";
import type { CompletionStep, RunOnce } from "../job/completion.ts";
import { TaskExecutor } from "../job/executor.ts";
import type { InstrumentationHooks } from "../job/instrumentation.ts";
import { keepCancelledStep, storeResultStep } from "../results/keep-results.ts";
import { checkResultsReach } from "../results/results-reach.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { finishTickStep } from "../schedule/tick-job.ts";
import { createTicker } from "../schedule/ticker.ts";
import { createWorker } from "../worker/create-worker.ts";
import { createExecution, type Execution } from "../worker/run/execution.ts";
import type { Worker, WorkerOptions } from "../worker/worker.ts";
import type { WorkerService } from "../worker/worker-parts.ts";
import type { AppDefinition } from "./app-definition.ts";
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
    execution: executionOf(definition, runtime, hooks),
    logFields: hooks?.logFields,
    keptLog: jobLog === "off" ? undefined : { keeper: isStored ? jobLogs.keeper : undefined, level: jobLog },
    keepDeath: deaths?.keep,
    ...completion({ ...app, ...other }, ttlMs),
    identity,
    services: [
      ...(app.announcer === undefined ? [] : [app.announcer.serviceOfWorker()]),
      ...(config.worker.isScheduling && other === undefined ? servicesOf(app) : []),
    ],
    usedQueues: definition.queues,
    resultsReach:
      results && checkResultsReach({ broker, results, isLocalAllowed: config.isLocalResultsAllowed }),
    until,
    ownsProcess,
  });
}

/** The executor and the middleware around an app's handlers, inside the hook of an instrumentation. */
export function executionOf(
  { executor, around }: AppDefinition,
  runtime: Runtime,
  hooks?: InstrumentationHooks,
): Execution {
  return createExecution({ executor: executor ?? new TaskExecutor(), around, hook: hooks?.run }, runtime);
}

/** Services of each worker; none without schedules. */
function servicesOf(app: OpenApp): readonly WorkerService[] {
  const { definition, storedSchedules: stored, appCoordination, producer, runtime } = app;
  const { schedules, hasStoredSchedules, config } = definition;
  if (schedules.length === 0 && !hasStoredSchedules) return [];
  const prefix = config.queuePrefix;
  return [createTicker({ schedules, stored, appCoordination, producer, runtime, prefix })];
}

/**
 * The steps between a success and its ack. The result is first, so that the next steps can be sent again from it.
 * `ttlMs`: how long results are kept.
 */
function completion(
  { definition: { results, tasks }, appCoordination, producer, runtime }: OpenApp,
  ttlMs: number,
): {
  readonly steps: readonly CompletionStep[];
  readonly once: RunOnce | undefined;
  /** The step before a cancelled job leaves its queue. */
  readonly keepCancelled: CompletionStep | undefined;
} {
  const flow = continueFlowStep({ producer, tasks, results, appCoordination, ttlMs, runtime });
  const { coordination } = appCoordination;
  const last = coordination === undefined ? [flow] : [flow, finishTickStep(coordination, runtime)];
  if (results === undefined) return { steps: last, once: undefined, keepCancelled: undefined };
  return {
    steps: [storeResultStep(results, ttlMs, runtime), ...last],
    once: runOnce(results, runtime),
    keepCancelled: keepCancelledStep(results, ttlMs),
  };
}
