import { FlowValueError, SignatureError, type SignatureIssue } from "../errors/contract-errors.ts";
import { bindParams, type JobParams } from "./bind-params.ts";
import { pointerPath } from "./issue-words.ts";
import type { Task } from "./task.ts";

/** Parameters, some of them taken from a value that was not checked yet. */
export interface TakenParams extends JobParams {
  /** The path of each taken one, by its name. */
  readonly takes: Readonly<Record<string, string>>;
}

/**
 * The issues of taken parameters; none when they fit. `undefined` where this release cannot decide, but another may.
 * Then it has another version or other names than the producer of the flow, or refuses the given parameters as well.
 */
export async function findTakenIssues(
  task: Task,
  { params, takes, sig, taskVersion }: TakenParams,
): Promise<readonly SignatureIssue[] | undefined> {
  if (task.signature.fingerprint !== sig || task.options.version !== taskVersion) return undefined;
  try {
    await bindParams(task, params, "work", "strict");
    return [];
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    const given = Object.entries(params).filter(([name]) => !Object.hasOwn(takes, name));
    const others = await task.signature.checkKnown(Object.fromEntries(given), Object.keys(takes));
    return others.length === 0 ? error.issues : undefined;
  }
}

/**
 * The error of a job with taken values that its sender could not check. `undefined` if another release may accept
 * them.
 */
export async function findUncheckedError(
  task: Task,
  taken: TakenParams,
): Promise<FlowValueError | undefined> {
  const issues = await findTakenIssues(task, taken);
  if (issues === undefined || issues.length === 0) return undefined;
  const describe = (path: string) => `"${path}"`;
  return takenError(task, issues, { by: "the step before", takes: taken.takes, describe });
}

/** Where taken values come from. */
interface TakenFrom {
  /** Who returned the value, in words. */
  readonly by: string;
  readonly takes: TakenParams["takes"];
  /** A path, and what is there, in words. */
  readonly describe: (path: string) => string;
}

/** The error of values that a step cannot take, each with its place. */
export function takenError(
  task: Task,
  issues: readonly SignatureIssue[],
  { by, takes, describe }: TakenFrom,
): FlowValueError {
  const located = issues.map((issue) => {
    const path = takes[pointerPath(issue.path)[0] ?? ""];
    return path === undefined ? issue : { ...issue, takenFrom: describe(path) };
  });
  return new FlowValueError(task.name, by, located, `${task.name}(${task.signature.text})`);
}
