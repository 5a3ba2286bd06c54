import type { Task } from "./task.ts";

/** The tasks of one app by name. */
export interface TaskRegistry {
  /** In the order of declaration. */
  readonly tasks: readonly Task[];
  /** By name or alias; `undefined` when unknown. */
  find(name: string): Task | undefined;
  /** By name or alias. @throws UnknownTaskError with a suggestion. */
  get(name: string): Task;
}
