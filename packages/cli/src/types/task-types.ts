import type { Lock, LockedTask } from "../lock/task-lock.ts";
import { contractOf, paramsOf } from "./locked-params.ts";
import { ANY_TYPE, memberText, typeOfSchema } from "./schema-type.ts";
import { docComment, keyText, literalText } from "./source-text.ts";

const NOTE =
  "// Written by `jobs types`. Do not edit it: run the command again when the lock of the tasks has changed.";

const DECLARATIONS = `/** Any value of JSON. */
export type ${ANY_TYPE} =
  | string
  | number
  | boolean
  | null
  | readonly ${ANY_TYPE}[]
  | { readonly [name: string]: ${ANY_TYPE} | undefined };
`;

const REQUESTS = `/** The name of a task. */
export type JobName = keyof JobParams;

/** A job to enqueue: a request to \`enqueueHandler\`, or a line of \`jobs enqueue --batch\` without \`options\`. */
export type JobRequest<Name extends JobName = JobName> = {
  readonly [Each in Name]: {
    readonly task: Each;
    readonly params: JobParams[Each];
    readonly options?: {
      /** An id of your own. While such a job is stored, a second one is not added. */
      readonly id?: string;
      /** Not before this time has passed, in ms. */
      readonly delayMs?: number;
      /** Not before this moment, such as \`2026-11-22T08:00Z\`. */
      readonly at?: string;
    };
  };
}[Name];
`;

const CONTRACTS = `type Contract<Name extends JobName> = Task<Name, JobParams[Name], JobParams[Name]>;

interface ParamsSchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly [keyword: string]: unknown;
}

/** The schema checks at run time what \`JobParams\` says. */
function contract<const Name extends JobName>(name: Name, params: ParamsSchema, options: TaskOptions): Contract<Name> {
  return defineTask(name, params, options) as unknown as Contract<Name>;
}
`;

/** Types of the parameters of all tasks, without any import. */
export function declarations(lock: Lock): string {
  return [NOTE, DECLARATIONS, paramsInterface(lock), REQUESTS].join("\n");
}

/**
 * A module with the same types, and the tasks themselves: a producer enqueues with them and has its parameters checked.
 * @throws ConfigError for a task whose schema is too large to be in the lock
 */
export function taskModule(lock: Lock): string {
  const heading = `${NOTE}\nimport { defineTask, type Task, type TaskOptions } from "@jobs/core";\n`;
  const tasks = Object.entries(lock.tasks).map(([name, task]) => contractText(name, task));
  const all = `/** All tasks by name: \`app.enqueue(tasks.NAME, { … })\`. */
export const tasks: { readonly [Name in JobName]: Contract<Name> } = {
${tasks.join("")}};
`;
  return [heading, DECLARATIONS, paramsInterface(lock), REQUESTS, CONTRACTS, all].join("\n");
}

function paramsInterface({ tasks }: Lock): string {
  const members = Object.entries(tasks).map(([name, task]) => {
    const comment = docComment(`Queue: ${task.queue}.`);
    return `  ${comment}\n  readonly ${keyText(name)}: ${paramsType(task)};\n`;
  });
  return `/** The parameters of each task. */\nexport interface JobParams {\n${members.join("")}}\n`;
}

/** An optional parameter may be \`undefined\`, which counts as left out. Deeper in a value it may not. */
function paramsType(task: LockedTask): string {
  const shapes = paramsOf(task);
  const types = shapes.map((shape) => {
    if (shape.kind !== "object" || shape.props.size === 0) return typeOfSchema([shape], "  ");
    const members = [...shape.props].map(([name, property]) =>
      memberText(name, property, "    ", " | undefined"),
    );
    return `{\n${members.join("\n")}\n  }`;
  });
  return types.length === 0 ? "never" : types.join(" | ");
}

function contractText(name: string, task: LockedTask): string {
  const { queue, domain } = task;
  const suffix = domain === undefined ? "" : `__${domain}`;
  const options = {
    queue: queue.slice(0, queue.length - suffix.length),
    ...(domain === undefined ? {} : { domain }),
  };
  const args = [literalText(name), literalText(contractOf(name, task), "  "), literalText(options, "  ")];
  return `  ${keyText(name)}: contract(${args.join(", ")}),\n`;
}
