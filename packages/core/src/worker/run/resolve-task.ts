import type { AppConfig, TaskSettings } from "../../config/app-config.ts";
import type { BoundHandler } from "../../job/handler.ts";
import type { TaskRegistry } from "../../task/registry.ts";
import type { Task } from "../../task/task.ts";

/** A task that a worker can run. */
export interface RunnableTask {
  readonly task: Task;
  readonly handler: BoundHandler;
  readonly settings: TaskSettings;
}

/** What says which tasks a worker can run. */
export interface KnownTasks {
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly config: AppConfig;
}

/** Finds a task by its name or an alias; `undefined` when there is no handler for it here. What was found once is kept. */
export function taskResolver({
  tasks,
  handlers,
  config,
}: KnownTasks): (name: string) => RunnableTask | undefined {
  const found = new Map<string, RunnableTask>();
  return (name) => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const task = tasks.find(name);
    const handler = task && handlers.get(task.name);
    if (task === undefined || handler === undefined) return undefined;
    const runnable = { task, handler, settings: config.task(task.name) };
    found.set(name, runnable);
    return runnable;
  };
}
