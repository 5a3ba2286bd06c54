import type { JsonObject, JsonValue } from "../envelope/envelope.ts";
import { isObject } from "../options/is-object.ts";
import { typeWord } from "../options/type-word.ts";
import type { TaskRegistry } from "../task/registry.ts";
import { findTakenIssues, takenError } from "../task/taken-params.ts";
import type { PlannedJob, ReadyJob } from "./plan-jobs.ts";

/** What a job or a group has returned. */
export interface Returned {
  /** Who returned it, in words. */
  readonly by: string;
  readonly value: JsonValue;
}

/** Stands for the whole value. */
const WHOLE = ".";

/**
 * Gives a job what it takes from the value before it, and checks it as a producer does. Where this worker cannot check
 * it, because it has another release of the task or none, the job says what its worker has to check. A path that does
 * not exist leaves its parameter out, which only an optional one may be.
 * @throws FlowValueError
 */
export async function takeValues(
  { takes, ...job }: PlannedJob,
  { by, value }: Returned,
  tasks: TaskRegistry,
): Promise<ReadyJob> {
  if (takes === undefined) return job;
  const taken = Object.entries(takes)
    .map(([name, path]) => [name, walk(value, path).found] as const)
    .filter((entry): entry is readonly [string, JsonValue] => entry[1] !== undefined);
  const ready = { ...job, params: { ...job.params, ...Object.fromEntries(taken) } };
  const task = tasks.find(job.task);
  const issues = task && (await findTakenIssues(task, { ...ready, takes }));
  if (task === undefined || issues === undefined) return { ...ready, unchecked: takes };
  if (issues.length === 0) return ready;
  throw takenError(task, issues, { by, takes, describe: (path) => describeSource(value, path) });
}

/** The value at a path. Also the deepest value on the way to it, and the path of that one. */
interface Walk {
  readonly found: JsonValue | undefined;
  readonly deepest: JsonValue;
  readonly at: readonly string[];
}

/** Only own properties, so that a path never reads inherited ones. */
function walk(value: JsonValue, path: string): Walk {
  if (path === WHOLE) return { found: value, deepest: value, at: [] };
  const at: string[] = [];
  let deepest = value;
  for (const key of path.split(".")) {
    if (typeof deepest !== "object" || deepest === null || !Object.hasOwn(deepest, key))
      return { found: undefined, deepest, at };
    deepest = (deepest as JsonObject)[key] as JsonValue;
    at.push(key);
  }
  return { found: deepest, deepest, at };
}

/** `"user.id" of an object with name, user`, where the part of the path that exists is named if it is not all. */
function describeSource(value: JsonValue, path: string): string {
  if (path === WHOLE) return `all of ${describeShape(value)}`;
  const { found, deepest, at } = walk(value, path);
  const where = `"${path}" of ${describeShape(value)}`;
  if (found !== undefined || at.length === 0) return where;
  return `${where}, where "${at.join(".")}" is ${describeShape(deepest)}`;
}

/** More names would make the message too long. */
const MAX_NAMES = 10;

/** A name is data, and may have any length. */
const MAX_NAME = 40;

/** Names and types, never a value, which may be secret. */
function describeShape(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (!isObject(value)) return `a ${typeWord(value)}`;
  const names = Object.keys(value);
  if (names.length === 0) return "an empty object";
  const shown = names.slice(0, MAX_NAMES).map((name) => shorten(name));
  const rest = names.length - shown.length;
  return `an object with ${shown.join(", ")}${rest === 0 ? "" : ` and ${rest} more`}`;
}

function shorten(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME)}…`;
}
