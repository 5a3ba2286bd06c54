import type { AppConfig } from "../config/app-config.ts";
import { constructorLayer } from "../config/constructor-layer.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { TaskExecutor } from "../job/executor.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { createTicker } from "../schedule/ticker.ts";
import type { TaskRegistry } from "../task/registry.ts";
import { createWorker } from "../worker/create-worker.ts";
import { createExecution, type Execution } from "../worker/execute.ts";
import type { Worker, WorkerOptions } from "../worker/worker.ts";
import type { WorkerService } from "../worker/worker-service.ts";
import type { AppOptions } from "./app-options.ts";
import { completion } from "./completion.ts";
import { identify } from "./identity.ts";
import type { LiveApp } from "./live-app.ts";

/** What the workers of an app are made of. */
export interface WorkerMaterial {
  readonly live: LiveApp;
  readonly config: AppConfig;
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly results: ResultStore | undefined;
  readonly schedules: readonly Schedule[];
  readonly wrapping: Pick<AppOptions<[]>, "executor" | "around">;
}

/** A worker of an app; `options` are weaker than flags, environment and file, and stronger than the app's own. */
export function makeWorker(options: WorkerOptions, material: WorkerMaterial): Worker {
  const { live, runtime, results, lifecycle, tasks, handlers } = material;
  const { broker, producer, openQueue, marks } = live;
  const { until, ownsProcess = true, identity = identify(runtime), ...written } = options;
  const config = resolveConfig([constructorLayer({ worker: written }), ...material.config.layers]);
  const ttlMs = config.worker.resultTtlMs;
  return createWorker({
    broker,
    producer,
    runtime,
    openQueue,
    marks,
    config,
    settings: config.worker,
    tasks,
    handlers,
    lifecycle,
    execution: executionOf(material.wrapping, runtime),
    ...completion({ results, marks, producer, runtime, ttlMs }),
    identity,
    services: config.worker.isScheduling ? servicesOf(material) : [],
    until,
    ownsProcess,
  });
}

/** How an app's handlers are wrapped. */
export function executionOf(
  { executor, around }: WorkerMaterial["wrapping"],
  { logger }: Runtime,
): Execution {
  return createExecution(executor ?? new TaskExecutor(), around ?? [], logger);
}

/** What lives beside each worker; without schedules nothing does. */
function servicesOf({ live, config, runtime, schedules }: WorkerMaterial): readonly WorkerService[] {
  if (schedules.length === 0) return [];
  const { broker, marks, producer } = live;
  return [
    createTicker({ schedules, marks, producer, runtime, broker: broker.kind, prefix: config.queuePrefix }),
  ];
}
