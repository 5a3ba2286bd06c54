import { types } from "node:util";
import type { JsonObject } from "../envelope/envelope.ts";
import { type CheckPhase, SignatureError, type SignatureIssue } from "../errors/contract-errors.ts";
import { findParamsError } from "../json/json-safety.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { isObject } from "../options/is-object.ts";
import { typeWord } from "../options/type-word.ts";
import { jsonPointer } from "./issue-words.ts";
import type { CheckedValues, Signature, SignatureParam } from "./signature.ts";
import type { Task, TaskOptions } from "./task.ts";

/** Parameters that fit their task. */
export interface BoundParams {
  /** What travels: the parameters as they were given, without names that hold `undefined`. */
  readonly input: JsonObject;
  /** What the handler gets: after the schema's defaults and transforms. */
  readonly output: unknown;
}

/** Named parameters before their values are checked. */
type Values = Readonly<Record<string, unknown>>;

/** Parameters of the right names, or every name that is missing or unexpected. */
type MatchedNames =
  | { readonly status: "ok"; readonly values: Values }
  | { readonly status: "refused"; readonly issues: readonly SignatureIssue[] };

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

/**
 * Compares the names given with those declared. A name that holds `undefined` counts as left out, which is what JSON
 * makes of it. With `dropsUnknown`, undeclared names are left out of the result instead of refused.
 */
function matchNames(signature: Signature, given: Values, dropsUnknown: boolean): MatchedNames {
  if (hasExactNames(signature, given)) return { status: "ok", values: given };
  const names = signature.params.map((param) => param.name);
  const present = names.filter((name) => given[name] !== undefined);
  const unknown = dropsUnknown ? [] : Object.keys(given).filter((name) => !names.includes(name));
  const issues = findNameIssues(signature, [...present, ...unknown]);
  if (issues.length > 0) return { status: "refused", issues };
  return { status: "ok", values: Object.fromEntries(present.map((name) => [name, given[name]])) };
}

/** The common case, decided without building anything. */
function hasExactNames({ params }: Signature, given: Values): boolean {
  let present = 0;
  // The engine makes an object for each step through a frozen list, but not for its indexes.
  for (let index = 0; index < params.length; index++) {
    const param = params[index] as SignatureParam;
    if (given[param.name] !== undefined) present++;
    else if (!param.isOptional) return false;
  }
  for (const name in given) if (Object.hasOwn(given, name)) present--;
  return present === 0;
}

/** More unexpected names than any person mistypes; a list of a million would only cost time. */
const MAX_UNEXPECTED = 100;

/** What is wrong with a list of names; empty when it fits. Values play no part, so nothing is read from them. */
export function findNameIssues(signature: Signature, given: readonly string[]): readonly SignatureIssue[] {
  const isGiven = new Set(given);
  const absent = signature.params.filter((param) => !isGiven.has(param.name));
  const declared = new Set(signature.params.map((param) => param.name));
  const unexpected = given.filter((name) => !declared.has(name)).slice(0, MAX_UNEXPECTED);
  // A name that was given cannot be what another one was meant to be.
  const free = absent.map((param) => param.name);
  const missing = absent.filter((param) => !param.isOptional).map((param) => param.name);
  // One name too many and one too few: whatever they look like, the one was meant to be the other.
  const counterpart = missing.length === 1 && unexpected.length === 1 ? missing[0] : undefined;
  return [
    ...missing.map(missingIssue),
    ...unexpected.map((name) => unexpectedIssue(name, didYouMean(name, free) ?? counterpart)),
  ];
}

function missingIssue(name: string): SignatureIssue {
  return { path: jsonPointer([name]), kind: "missing" };
}

function unexpectedIssue(name: string, suggestion: string | undefined): SignatureIssue {
  const issue = { path: jsonPointer([name]), kind: "unexpected" } as const;
  return suggestion === undefined ? issue : { ...issue, suggestion };
}
