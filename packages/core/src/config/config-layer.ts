import type { Task } from "../task/task.ts";
import type { ConfigLayerName, WorkerSettings } from "./app-config.ts";
import { type SettingsOf, TASK_SETTINGS, WORKER_SETTINGS } from "./settings.ts";

/** Values of one section as they were written: text, or what a file or code holds. */
export type WrittenValues = Readonly<Record<string, unknown>>;

/** One source of settings, nothing of it read or checked yet. */
export interface ConfigLayer {
  readonly layer: Exclude<ConfigLayerName, "default">;
  readonly queuePrefix?: unknown;
  readonly broker?: unknown;
  /** Section `worker`, by written key (`lease`, not `leaseMs`). */
  readonly worker?: unknown;
  /** Sections `tasks.<name>` and `tasks.DEFAULT`. */
  readonly tasks?: unknown;
  /** Where a value was written (`worker.lease` → `jobs.yaml:3`, `JOBS_WORKER_LEASE`, `--lease`), for messages. */
  where?(path: string): string | undefined;
  /** Under which key of `tasks` a task's section stands, where names cannot be written as they are. */
  taskKey?(task: string): string;
  /** What the source itself has to say, e.g. variables it did not understand. */
  readonly warnings?: readonly string[];
}

/** What code says about settings. */
export interface ConstructorSettings {
  readonly queuePrefix?: string | undefined;
  readonly worker?: Partial<Record<keyof WorkerSettings, unknown>> | undefined;
  /** The app's tasks: the options of `defineTask` are the constructor layer of each. */
  readonly tasks?: readonly Task[] | undefined;
}

/** The layer of what was passed to `createApp`, `defineTask` and `app.worker()`. */
export function constructorLayer(settings: ConstructorSettings): ConfigLayer {
  const tasks = (settings.tasks ?? []).map((task) => [task.name, written(TASK_SETTINGS, task.options)]);
  return {
    layer: "constructor",
    ...(settings.queuePrefix === undefined ? {} : { queuePrefix: settings.queuePrefix }),
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
