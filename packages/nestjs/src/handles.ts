import { ConfigError, type JobContext, type Task, type TaskOutput } from "@jobs/core";
import { checkArgument, optionRules as rule } from "@jobs/core/runtime";

/** Where a method keeps its tasks. Every copy of this package finds them there. */
const HANDLED_TASKS = Symbol.for("@jobs/nestjs/handled-tasks");

const TASKS = rule.listOf("tasks made by defineTask", rule.task);

/** A method that runs a task. Its value (any JSON value) is the job's result; an error fails the run. */
export type HandlerMethod<T extends Task = Task> = (params: TaskOutput<T>, ctx: JobContext) => unknown;

/**
 * Marks a method of a provider as the handler of a task, or of several tasks of the same parameters. The provider gets its
 * dependencies as always. It must have one instance: the scopes of a request and `TRANSIENT` are refused.
 * @example @Handles(sendEmail) async send({ to }: TaskOutput<typeof sendEmail>, ctx: JobContext) { … }
 * @throws ConfigError for what is no task, and for a static method
 */
export function Handles<T extends Task>(task: T | readonly T[]) {
  const tasks: readonly Task[] = Array.isArray(task) ? task : [task];
  checkArgument(tasks, "@Handles: the argument", TASKS);
  return <Method extends HandlerMethod<T>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const method: unknown = descriptor?.value;
    if (typeof target === "function" || typeof method !== "function") {
      throw new ConfigError(`@Handles must stand on a method of a provider; ${String(name)} is none.`, {
        hint: "A static method and an accessor have no instance with dependencies. Use an ordinary method.",
      });
    }
    Object.defineProperty(method, HANDLED_TASKS, {
      value: [...handledTasks(method), ...tasks],
      configurable: true,
    });
  };
}

/** The tasks that a method handles; mostly none. */
export function handledTasks(method: unknown): readonly Task[] {
  if (typeof method !== "function" || !Object.hasOwn(method, HANDLED_TASKS)) return [];
  return (method as { readonly [HANDLED_TASKS]?: readonly Task[] })[HANDLED_TASKS] ?? [];
}
