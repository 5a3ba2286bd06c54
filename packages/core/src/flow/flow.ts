import { ConfigError } from "../errors/config-errors.ts";
import { type JobOptions, SENDING_RULES } from "../job/enqueue.ts";
import { checkArgument, type OptionRule, optionsCheck } from "../options/check-options.ts";
import { listOf, mapOf, task as TASK, textOrEmpty } from "../options/option-rules.ts";
import type { Task } from "../task/task.ts";

/** The path of each taken parameter in the previous value: `.` for all of it, `user.id` for a part. */
export type Takes<Input> = { readonly [Name in keyof Input]?: string };

/** Options of a step's job. */
export interface StepOptions<Taken>
  extends Pick<JobOptions, "queue" | "domain" | "delayMs" | "priority" | "maxAttempts" | "groupKey"> {
  /** Parameters from the previous step's value, by name. */
  readonly takes?: Taken;
}

/** Whether a text is a path of {@link Takes}: no part of it is empty, except in `.` alone. */
export function isTakenPath(path: unknown): boolean {
  return typeof path === "string" && (path === "." || path.split(".").every((part) => part !== ""));
}

/** The form of a path, for messages. */
export const TAKEN_PATH_FORM = "a path such as user.id, or . for all of the value";

const PATH: OptionRule = { expected: TAKEN_PATH_FORM, accepts: isTakenPath };

const checkStepOptions = optionsCheck<StepOptions<object>>({
  ...SENDING_RULES,
  queue: textOrEmpty,
  takes: mapOf("paths by parameter", PATH),
});

/** One job of a flow. Made by {@link step}. */
export interface Step {
  readonly kind: "step";
  readonly task: Task;
  readonly params: unknown;
  readonly options: StepOptions<Readonly<Record<string, string>>>;
}

/** Steps one after the other. Made by {@link chain}. */
export interface Chain {
  readonly kind: "chain";
  readonly parts: readonly Flow[];
}

/** Flows in parallel. Made by {@link group}. */
export interface Group {
  readonly kind: "group";
  readonly parts: readonly Flow[];
}

/** Jobs that belong together: started by `app.start`. */
export type Flow = Step | Chain | Group;

/**
 * A job of a flow: its task, the known parameters, and those from the previous value. The example gets the `items` of
 * the previous step's value.
 * @example step(store, { table: "t" }, { takes: { rows: "items" } })
 * @throws ConfigError for what is no task, or for options that cannot be used.
 */
export function step<Input, const Taken extends Takes<Input> = Record<never, never>>(
  task: Task<string, Input, unknown>,
  params: NoInfer<Omit<Input, keyof Taken>>,
  options: StepOptions<Taken> = {},
): Step {
  checkArgument(task, "step: the first argument", TASK);
  checkStepOptions(options, `step "${task.name}"`);
  return Object.freeze({ kind: "step", task: task as Task, params, options: options as Step["options"] });
}

/**
 * Runs parts one after the other: each starts when the previous one has succeeded. One that fails for good stops the
 * rest; after its redrive the chain continues.
 * @throws ConfigError for an empty list.
 */
export function chain(parts: readonly Flow[]): Chain {
  return Object.freeze({ kind: "chain", parts: filled(parts, "chain") });
}

/**
 * Runs parts in parallel. The next step starts when all have succeeded, and gets the list of their values in this
 * order. Needs a result store.
 * @throws ConfigError for an empty list.
 */
export function group(parts: readonly Flow[]): Group {
  return Object.freeze({ kind: "group", parts: filled(parts, "group") });
}

/** A flow from {@link step}, {@link chain} or {@link group}. */
export const FLOW: OptionRule = {
  expected: "a flow made by step(task, params), chain([…]) or group([…])",
  accepts: isFlow,
};

const FLOWS = listOf("steps, chains and groups", FLOW);

function isFlow(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "step") return "task" in value && TASK.accepts(value.task);
  return (value.kind === "chain" || value.kind === "group") && "parts" in value && Array.isArray(value.parts);
}

function filled(parts: readonly Flow[], kind: string): readonly Flow[] {
  checkArgument(parts, `${kind}: the argument`, FLOWS);
  if (parts.length > 0) return Object.freeze([...parts]);
  throw new ConfigError(`a ${kind} needs at least one step.`);
}
