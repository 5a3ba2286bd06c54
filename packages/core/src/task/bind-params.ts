import { types } from "node:util";
import type { JsonObject } from "../envelope/envelope.ts";
import { type CheckPhase, SignatureError, type SignatureIssue } from "../errors/contract-errors.ts";
import { findParamsError } from "../json/json-safety.ts";
import { isObject } from "../options/is-object.ts";
import { typeWord } from "../options/type-word.ts";
import { findNameIssues, matchNames, type Values } from "./match-names.ts";
import type { CheckedValues } from "./signature.ts";
import type { Task, TaskOptions } from "./task.ts";

/** Parameters that fit their task. */
export interface BoundParams {
  /** What travels: the parameters as they were given, without names that hold `undefined`. */
  readonly input: JsonObject;
  /** What the handler gets: after the schema's defaults and transforms. */
  readonly output: unknown;
}

/** How strictly unknown names are taken, see `TaskOptions.compat`. */
export type Compat = NonNullable<TaskOptions["compat"]>;

/**
 * Checks parameters against a task's signature: names, then JSON safety, then values. The same rules hold for the
 * producer and for the worker, with two differences: only a worker may be `additive` and drop names it does not know
 * (a producer's unknown name is a mistake), and only a producer's values need the JSON check (a worker's were just
 * read from JSON). Synchronous unless the task's schema is not.
 * @throws SignatureError with every name, or else every value, that does not fit.
 * @throws NotJsonError with the first place that JSON would change.
 */
export function bindParams(
  task: Task,
  params: unknown,
  phase: CheckPhase,
  compat: Compat = task.options.compat ?? "strict",
): BoundParams | Promise<BoundParams> {
  const given = requireObject(task, params, phase);
  if (phase === "enqueue") refuseNonJson(task, given);
  const matched = matchNames(task.signature, given, phase === "work" && compat === "additive");
  if (matched.status === "refused") throw mismatch(task, phase, matched.issues);
  const input = matched.values;
  const checked = task.signature.check(input);
  return checked instanceof Promise
    ? checked.then((late) => toBound(task, phase, input, late))
    : toBound(task, phase, input, checked);
}

function requireObject(task: Task, params: unknown, phase: CheckPhase): Values {
  if (isObject(params)) return params;
  const expected = "an object of named parameters";
  throw mismatch(task, phase, [{ path: "", kind: "invalid", expected, got: typeWord(params) }]);
}

/** Values are looked at first, since only then can they be read without running a getter; wrong names still win. */
function refuseNonJson(task: Task, given: Values): void {
  const error = findParamsError(given, "params");
  if (error === undefined) return;
  const issues = types.isProxy(given) ? [] : findNameIssues(task.signature, Object.keys(given));
  throw issues.length === 0 ? error : mismatch(task, "enqueue", issues);
}

function toBound(task: Task, phase: CheckPhase, input: Values, checked: CheckedValues): BoundParams {
  if (checked.status === "refused") throw mismatch(task, phase, checked.issues);
  return { input: input as JsonObject, output: checked.value };
}

function mismatch(task: Task, phase: CheckPhase, issues: readonly SignatureIssue[]): SignatureError {
  return new SignatureError(task.name, phase, issues, `${task.name}(${task.signature.text})`);
}
