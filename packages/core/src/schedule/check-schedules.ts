import { ConfigError } from "../errors/config-errors.ts";
import { bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Refuses duplicate names, unknown tasks, and parameters that the tasks refuse.
 * @throws ConfigError · UnknownTaskError · SignatureError · NotJsonError
 */
export function checkSchedules(schedules: readonly Schedule[], tasks: TaskRegistry): void {
  const names = new Set<string>();
  for (const schedule of schedules) {
    const { name, task, params } = schedule;
    if (names.has(name)) {
      throw new ConfigError(`two schedules are named "${name}".`, {
        hint: "Give each schedule another name.",
      });
    }
    names.add(name);
    const bound = bindParams(tasks.get(task.name), params, "enqueue");
    // An asynchronous schema is checked again at the start of a worker, which can wait for it.
    if (bound instanceof Promise) bound.catch(() => {});
  }
}

/** The same check of parameters, also with asynchronous schemas. @throws SignatureError · NotJsonError */
export async function checkParams(schedules: readonly Schedule[]): Promise<void> {
  for (const { task, params } of schedules) await bindParams(task, params, "enqueue");
}
