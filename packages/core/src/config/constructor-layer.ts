import { checkArgument } from "../options/check-options.ts";
import { object } from "../options/option-rules.ts";
import type { Task } from "../task/task.ts";
import type { WorkerSettings } from "./app-config.ts";
import type { ConfigLayer, WrittenValues } from "./config-layer.ts";
import { queueOfName, type Routes, routeTask } from "./route-task.ts";
import type { SettingsOf } from "./settings.ts";
import { TASK_SETTINGS } from "./task-settings.ts";
import { WORKER_SETTINGS } from "./worker-settings.ts";

/** Settings in code. */
export interface ConstructorSettings {
  readonly queuePrefix?: string | undefined;
  readonly release?: string | undefined;
  readonly monitor?: string | undefined;
  readonly monitorStrict?: boolean | undefined;
  readonly allowLocalResults?: boolean | undefined;
  /** Queues for tasks that name none and match no route. The first dotted part of the task's name chooses the queue. */
  readonly queues?: readonly string[] | undefined;
  /** Queues by patterns of task names, for tasks that name none themselves. */
  readonly routes?: Routes | undefined;
  readonly worker?: Partial<Record<keyof WorkerSettings, unknown>> | undefined;
  /** The app's tasks: the options of `defineTask` are the constructor layer of each. */
  readonly tasks?: readonly Task[] | undefined;
}

/** The layer of what was passed to `createApp`, `defineTask` and `app.worker()`. */
export function constructorLayer(settings: ConstructorSettings): ConfigLayer {
  checkArgument(settings, "constructorLayer: settings", object);
  const { routes = {}, queues = [] } = settings;
  const tasks = (settings.tasks ?? []).map(({ name, options }) => {
    const queue = routeTask(name, routes) ?? queueOfName(name, queues);
    return [name, written(TASK_SETTINGS, queue === undefined ? options : { queue, ...options })];
  });
  return {
    layer: "constructor",
    queuePrefix: settings.queuePrefix,
    release: settings.release,
    monitor: settings.monitor,
    monitorStrict: settings.monitorStrict,
    allowLocalResults: settings.allowLocalResults,
    worker: written(WORKER_SETTINGS, settings.worker ?? {}),
    tasks: Object.fromEntries(tasks),
  };
}

/** The same values under their written keys: `leaseMs` → `lease`. */
function written<Resolved>(settings: SettingsOf<Resolved>, options: object): WrittenValues {
  const values: Record<string, unknown> = {};
  for (const property of Object.keys(settings) as (keyof Resolved & string)[]) {
    const value = (options as WrittenValues)[property];
    if (value !== undefined) values[settings[property].key] = value;
  }
  return values;
}
