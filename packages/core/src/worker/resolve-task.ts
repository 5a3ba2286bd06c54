import type { AppConfig } from "../config/app-config.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Admission } from "./admit.ts";

/** What says which tasks a worker can run. */
export interface KnownTasks {
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly config: AppConfig;
}

/** Task, handler and settings of a name or an alias; `undefined` when there is no handler for it here. */
export function resolveTask(
  { tasks, handlers, config }: KnownTasks,
  name: string,
): ReturnType<Admission["resolve"]> {
  const task = tasks.find(name);
  const handler = task && handlers.get(task.name);
  return task && handler && { task, handler, settings: config.task(task.name) };
}
