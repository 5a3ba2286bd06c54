import { types } from "node:util";
import type { JsonObject } from "../envelope/envelope.ts";
import {
  type CheckPhase,
  NAMED_PARAMS,
  SignatureError,
  type SignatureIssue,
} from "../errors/contract-errors.ts";
import { findParamsError } from "../json/json-safety.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { isObject } from "../options/is-object.ts";
import { typeWord } from "../options/type-word.ts";
import { jsonPointer } from "./issue-words.ts";
import type { CheckedValues, Signature, SignatureParam } from "./signature.ts";
import type { Task, TaskOptions } from "./task.ts";

/** Parameters that passed their task's checks. */
export interface BoundParams {
  /** For the envelope: the given parameters, without `undefined` ones. */
  readonly input: JsonObject;
  /** For the handler: after the schema's defaults and transforms. */
  readonly output: unknown;
}

/** Named parameters before their values are checked. */
type Values = Readonly<Record<string, unknown>>;

/** Parameters with correct names, or every missing or unexpected name. */
type MatchedNames =
  | { readonly status: "ok"; readonly values: Values }
  | { readonly status: "refused"; readonly issues: readonly SignatureIssue[] };

/** How strict the check of names is, see `TaskOptions.compat`. */
export type Compat = NonNullable<TaskOptions["compat"]>;

/**
 * Checks parameters against a task's signature: names, then JSON safety, then values. Producer and worker use the same
 * rules, with two differences. Only a worker may be `additive` and drop unknown names, since at the producer they are a
 * mistake. Only a producer checks for JSON, since a worker has just parsed it. It is synchronous unless the task's
 * schema is not.
 * @throws SignatureError with every wrong name, or else every wrong value.
 * @throws NotJsonError with the path of the first value that JSON would change.
 */
export function bindParams(
  task: Task,
  params: unknown,
  phase: CheckPhase,
  compat: Compat = task.options.compat ?? "strict",
): BoundParams | Promise<BoundParams> {
  const given = requireObject(task, params, phase);
  if (phase !== "work") refuseNonJson(task, given);
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
  throw mismatch(task, phase, [{ path: "", kind: "invalid", expected: NAMED_PARAMS, got: typeWord(params) }]);
}

/**
 * Checks at the start of a flow what is known of the parameters, since some are taken later: all names, and the
 * values that are there. Returns those values, without `undefined` ones. `takes`: the path of each later value, by
 * its name.
 * @throws SignatureError · NotJsonError
 */
export async function bindKnownParams(
  task: Task,
  params: unknown,
  takes: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  const given = requireObject(task, params, "enqueue");
  const error = findParamsError(given, "params");
  if (error !== undefined) throw error;
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const later = Object.keys(takes);
  const names = [
    ...findNameIssues(task.signature, [...Object.keys(known), ...later]),
    ...later.filter((name) => Object.hasOwn(known, name)).map((name) => givenTwice(name, takes[name] ?? "")),
  ];
  const issues = names.length > 0 ? names : await task.signature.checkKnown(known, later);
  if (issues.length > 0) throw mismatch(task, "enqueue", issues);
  return known as JsonObject;
}

/** The taken value would silently replace the given one. */
function givenTwice(name: string, path: string): SignatureIssue {
  const expected = `either a value or a place to take it from ("${path}")`;
  return { path: jsonPointer([name]), kind: "invalid", expected, got: "both" };
}

/** Checks the values first, to read them later without running a getter. Wrong names are still reported first. */
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
 * Compares the given names with the declared ones. An `undefined` parameter counts as left out, as in JSON. With
 * `dropsUnknown`, undeclared names are dropped instead of refused.
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

/** The common case, without any allocation. */
function hasExactNames({ params }: Signature, given: Values): boolean {
  let present = 0;
  // An index loop: an iterator over a frozen list allocates an object for each step.
  for (let index = 0; index < params.length; index++) {
    const param = params[index] as SignatureParam;
    if (given[param.name] !== undefined) present++;
    else if (!param.isOptional) return false;
  }
  for (const name in given) if (Object.hasOwn(given, name)) present--;
  return present === 0;
}

/** More unexpected names are not typing errors, and a list of a million would take time. */
const MAX_UNEXPECTED = 100;

/** The issues of a list of names; empty when all are correct. It reads no values. */
function findNameIssues(signature: Signature, given: readonly string[]): readonly SignatureIssue[] {
  const isGiven = new Set(given);
  const absent = signature.params.filter((param) => !isGiven.has(param.name));
  const declared = new Set(signature.params.map((param) => param.name));
  const unexpected = given.filter((name) => !declared.has(name)).slice(0, MAX_UNEXPECTED);
  // A given name cannot be the suggestion for another one.
  const free = absent.map((param) => param.name);
  const missing = absent.filter((param) => !param.isOptional).map((param) => param.name);
  // With one unexpected and one missing name, the first was probably intended as the second.
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
