import { types } from "node:util";
import type { JsonObject } from "../envelope/envelope.ts";
import { type CheckPhase, SignatureError, type SignatureIssue } from "../errors/contract-errors.ts";
import { findParamsError } from "../json/json-safety.ts";
import { didYouMean } from "./did-you-mean.ts";
import { jsonPointer, typeWord } from "./issue-words.ts";
import type { CheckedValues, Signature } from "./signature.ts";
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

type Values = Readonly<Record<string, unknown>>;

/**
 * Checks parameters against a task's signature: names, then JSON safety, then values. The same rules hold for the
 * producer and for the worker, with two differences: only a worker may be `additive` (drop names it does not know;
 * a producer's unknown name is a mistake), and only a producer's values need the JSON check (a worker's were just
 * read from JSON). A name that holds `undefined` counts as left out, which is what JSON makes of it.
 * Synchronous unless the task's schema is not.
 * @throws SignatureError with every name, or else every value, that does not fit.
 * @throws NotJsonError with the first place that JSON would change.
 */
export function bindParams(
  task: Task,
  params: unknown,
  phase: CheckPhase,
  compat: Compat = task.options.compat ?? "strict",
): BoundParams | Promise<BoundParams> {
  const values = requireObject(task, params, phase);
  if (phase === "enqueue") refuseNonJson(task, values);
  const input = matchNames(task, values, phase, compat);
  const checked = task.signature.check(input);
  return checked instanceof Promise
    ? checked.then((late) => finish(task, phase, input, late))
    : finish(task, phase, input, checked);
}

function requireObject(task: Task, params: unknown, phase: CheckPhase): Values {
  if (typeof params === "object" && params !== null && !Array.isArray(params)) return params as Values;
  const issue = {
    path: "",
    kind: "invalid",
    expected: "an object of named parameters",
    got: typeWord(params),
  } as const;
  throw mismatch(task, phase, [issue]);
}

/** Looks at the values first, because only then can names be read without running a getter; wrong names are reported first all the same. */
function refuseNonJson(task: Task, values: Values): void {
  const error = findParamsError(values, "params");
  if (error === undefined) return;
  if (!types.isProxy(values)) {
    const issues = nameIssues(task.signature, new Set(Object.keys(values)));
    if (issues.length > 0) throw mismatch(task, "enqueue", issues);
  }
  throw error;
}

function matchNames(task: Task, values: Values, phase: CheckPhase, compat: Compat): Values {
  if (hasExactNames(task.signature, values)) return values;
  const present = new Set(Object.keys(values).filter((name) => values[name] !== undefined));
  const declared = pickDeclared(task.signature, present, values);
  const unknown = Object.keys(values).filter((name) => !isDeclared(task.signature, name));
  const tolerated = phase === "work" && compat === "additive" ? [] : unknown;
  const issues = nameIssues(task.signature, new Set([...Object.keys(declared), ...tolerated]));
  if (issues.length > 0) throw mismatch(task, phase, issues);
  return declared;
}

/** The common case, without a single allocation but the list of keys. */
function hasExactNames(signature: Signature, values: Values): boolean {
  let present = 0;
  for (const param of signature.params) {
    if (values[param.name] !== undefined) present++;
    else if (!param.isOptional) return false;
  }
  return present === Object.keys(values).length;
}

function pickDeclared(signature: Signature, present: ReadonlySet<string>, values: Values): Values {
  const names = signature.params.map((param) => param.name).filter((name) => present.has(name));
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function isDeclared(signature: Signature, name: string): boolean {
  return signature.params.some((param) => param.name === name);
}

function nameIssues(signature: Signature, given: ReadonlySet<string>): readonly SignatureIssue[] {
  const missing = signature.params.filter((param) => !param.isOptional && !given.has(param.name));
  const unexpected = [...given].filter((name) => !isDeclared(signature, name));
  // A name that was passed cannot be what another one was meant to be.
  const free = signature.params.map((param) => param.name).filter((name) => !given.has(name));
  return [
    ...missing.map(({ name }) => ({ path: jsonPointer([name]), kind: "missing" as const })),
    ...unexpected.map((name) => unexpectedIssue(name, didYouMean(name, free))),
  ];
}

function unexpectedIssue(name: string, suggestion: string | undefined): SignatureIssue {
  const issue = { path: jsonPointer([name]), kind: "unexpected" } as const;
  return suggestion === undefined ? issue : { ...issue, suggestion };
}

function finish(task: Task, phase: CheckPhase, input: Values, checked: CheckedValues): BoundParams {
  if (checked.status === "refused") throw mismatch(task, phase, checked.issues);
  return { input: input as JsonObject, output: checked.value };
}

function mismatch(task: Task, phase: CheckPhase, issues: readonly SignatureIssue[]): SignatureError {
  return new SignatureError(task.name, phase, issues, `${task.name}(${task.signature.text})`);
}
