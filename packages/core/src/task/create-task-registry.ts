import { DuplicateTaskError } from "../errors/config-errors.ts";
import { UnknownTaskError } from "../errors/contract-errors.ts";
import { checkArgument } from "../options/check-options.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { listOf, task as madeTask } from "../options/option-rules.ts";
import type { TaskRegistry } from "./registry.ts";
import type { Task } from "./task.ts";

const TASKS = listOf("tasks", madeTask);

/**
 * Indexes tasks by name and alias.
 * @throws DuplicateTaskError when two of them have the same name or alias; the same contract listed twice is one task.
 */
export function createTaskRegistry(tasks: readonly Task[]): TaskRegistry {
  checkArgument(tasks, "createTaskRegistry: tasks", TASKS);
  const declared = [...new Set(tasks)];
  const byName = indexByName(declared);
  return {
    tasks: Object.freeze(declared),
    find: (name) => byName.get(name),
    get(name) {
      const task = byName.get(name);
      if (task !== undefined) return task;
      const known = declared.map((one) => one.name).sort();
      throw new UnknownTaskError(name, known, didYouMean(name, known));
    },
  };
}

function indexByName(tasks: readonly Task[]): ReadonlyMap<string, Task> {
  const byName = new Map<string, Task>();
  for (const task of tasks) {
    for (const name of [task.name, ...(task.options.aliases ?? [])]) {
      if (byName.has(name)) throw new DuplicateTaskError(name);
      byName.set(name, task);
    }
  }
  return byName;
}
