import type { WorkerSettings } from "../config/app-config.ts";
import { continueFlowStep, runOnce } from "../flow/continue-flow.ts";
import { TaskExecutor } from "../job/executor.ts";
import type { InstrumentationHooks } from "../job/instrumentation.ts";
import { keepCancelledStep, storeResultStep } from "../results/keep-results.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createStoredSchedules } from "../schedule/stored-schedules.ts";
import { finishTickStep } from "../schedule/tick-job.ts";
import { createTicker } from "../schedule/ticker.ts";
import { createExecution, type Execution } from "../worker/run/execution.ts";
import type { LateParts, WorkerService } from "../worker/worker-parts.ts";
import type { AppDefinition } from "./app-definition.ts";
import { storedSchedulesOf } from "./app-schedules.ts";
import type { OpenApp, OtherBroker } from "./open-app.ts";

/** What is made for a worker when it runs. `other`: the broker that it reads in place of the app's. */
export function lateParts(
  app: OpenApp,
  other: OtherBroker | undefined,
  { resultTtlMs, isScheduling }: WorkerSettings,
): LateParts {
  const { definition, runtime, hooks, announcer } = app;
  return {
    execution: executionOf(definition, runtime, hooks),
    ...completion({ ...app, ...other }, resultTtlMs),
    services: [
      ...(announcer === undefined ? [] : [announcer.serviceOfWorker()]),
      ...(isScheduling && other === undefined ? servicesOf(app) : []),
    ],
  };
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
  const { definition, appCoordination, producer, runtime } = app;
  const { schedules, hasStoredSchedules, config } = definition;
  if (schedules.length === 0 && !hasStoredSchedules) return [];
  const prefix = config.queuePrefix;
  const stored = storedSchedulesOf(app, createStoredSchedules);
  return [createTicker({ schedules, stored, appCoordination, producer, runtime, prefix })];
}

/**
 * The steps between a success and its ack. The result is first, so that the next steps can be sent again from it.
 * `ttlMs`: how long results are kept.
 */
function completion(
  { definition: { results, tasks }, appCoordination, producer, runtime }: OpenApp,
  ttlMs: number,
): Pick<LateParts, "steps" | "once" | "keepCancelled"> {
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
