import { ConfigError } from "../errors/config-errors.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { TaskRegistry } from "../task/registry.ts";

/** Handlers by the name of their task. @throws ConfigError for a task with two handlers, or one that the app does not list. */
export function indexHandlers(
  handlers: readonly (BoundHandler | readonly BoundHandler[])[],
  tasks: TaskRegistry,
): ReadonlyMap<string, BoundHandler> {
  const byTask = new Map<string, BoundHandler>();
  for (const handler of handlers.flat()) {
    const { name } = handler.task;
    if (tasks.find(name) !== handler.task) {
      throw new ConfigError(`a handler serves task "${name}", which is not in this app's tasks.`, {
        hint: "List the very contract the handler was bound to in createApp({ tasks }).",
      });
    }
    if (byTask.has(name))
      throw new ConfigError(`task "${name}" has two handlers.`, { hint: "Remove one of them." });
    byTask.set(name, handler);
  }
  return byTask;
}

/** The handlers in `own`, those of the tasks that `standIns` serve exchanged for these. */
export function replaceHandlers(
  own: readonly (BoundHandler | readonly BoundHandler[])[],
  standIns: readonly (BoundHandler | readonly BoundHandler[])[],
): readonly BoundHandler[] {
  const replaced = new Set(standIns.flat().map(({ task }) => task));
  return [...own.flat().filter(({ task }) => !replaced.has(task)), ...standIns.flat()];
}
