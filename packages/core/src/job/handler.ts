import { checkArgument } from "../options/check-options.ts";
import { func, listOf, task as TASK } from "../options/option-rules.ts";
import type { Task, TaskOutput } from "../task/task.ts";
import type { JobContext } from "./context.ts";

/** The function that runs a task. Its value (any JSON value) is the job's result; an error fails the run. */
export type Handler<T extends Task = Task> = (params: TaskOutput<T>, ctx: JobContext) => unknown;

const TASKS = listOf("tasks made by defineTask", TASK);

/** A handler bound to the contract it serves. */
export interface BoundHandler {
  readonly task: Task;
  // `handle` checks the type of the parameters; handlers of different tasks have no common type.
  readonly run: (params: never, ctx: JobContext) => unknown;
}

/**
 * Binds a function to a task, or to several tasks of the same parameters.
 * @example handle(sendEmail, async ({ to, subject }, ctx) => { … })
 */
export function handle<T extends Task>(task: T | readonly T[], run: Handler<T>): readonly BoundHandler[] {
  const tasks: readonly Task[] = Array.isArray(task) ? task : [task];
  checkArgument(tasks, "handle: the first argument", TASKS);
  checkArgument(run, "handle: the second argument", func);
  return tasks.map((one) => ({ task: one, run }));
}
