import { types } from "node:util";
import type { Envelope, JsonObject } from "../envelope/envelope.ts";
import {
  type CheckPhase,
  NAMED_PARAMS,
  SignatureError,
  type SignatureIssue,
} from "../errors/contract-errors.ts";
import { findParamsError } from "../json/json-safety.ts";
import { isObject } from "../options/is-object.ts";
import { typeWord } from "../options/type-word.ts";
import { jsonPointer } from "./issue-words.ts";
import { findNameIssues } from "./name-issues.ts";
import { formText, type OldForm, type ParamsForm } from "./params-form.ts";
import { type Cast, runStep, stepError } from "./run-step.ts";
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
  return bindForm(task, params, phase, compat);
}

/** The same for any form of a task's parameters: today's or an earlier one. */
function bindForm(
  form: ParamsForm,
  params: unknown,
  phase: CheckPhase,
  compat: Compat,
): BoundParams | Promise<BoundParams> {
  const given = requireObject(form, params, phase);
  if (phase !== "work") refuseNonJson(form, given);
  const input = hasExactNames(form.signature, given)
    ? given
    : matchNames(form, given, { phase, dropsUnknown: phase === "work" && compat === "additive" });
  const checked = form.signature.check(input);
  return checked instanceof Promise
    ? checked.then((late) => toBound(form, phase, input, late))
    : toBound(form, phase, input, checked);
}

function requireObject(form: ParamsForm, params: unknown, phase: CheckPhase): Values {
  if (isObject(params)) return params;
  throw mismatch(form, phase, [{ path: "", kind: "invalid", expected: NAMED_PARAMS, got: typeWord(params) }]);
}

/** What an envelope says of a job's parameters. */
export type JobParams = Pick<Envelope, "params" | "sig" | "taskVersion">;

/**
 * Decides whether a worker with this task runs a job, and with which parameters. A job of today's version is checked by
 * {@link bindParams}. A job of an earlier version in `from` is checked by the form of that version. Then it is cast step
 * by step, and each result is checked by the form that it leads to. It is synchronous unless a schema is not.
 * @throws SignatureError for parameters or a version that do not fit. With `step`, a step of the task is wrong, so that
 * waiting for another worker does not help.
 */
export function bindJob(
  task: Task,
  job: JobParams,
  compat: Compat = task.options.compat ?? "strict",
): BoundParams | Promise<BoundParams> {
  if (job.taskVersion === task.options.version) return bindParams(task, job.params, "work", compat);
  const form = formOf(task, job, compat);
  const bound = bindForm(form, job.params, "work", compat);
  if (form === task) return bound;
  const cast = (old: BoundParams) => castUp(task, form as OldForm, old);
  return bound instanceof Promise ? bound.then(cast) : cast(bound);
}

/** The form that a job was made for. @throws SignatureError for a version that this task does not have */
function formOf(task: Task, job: JobParams, compat: Compat): ParamsForm {
  const { version: current = 1 } = task.options;
  const { taskVersion } = job;
  const old = task.versions?.old ?? [];
  if (taskVersion === undefined) return formByNames(task, { ...job, compat });
  const form = taskVersion === current ? task : old.find(({ version }) => version === taskVersion);
  if (form === undefined)
    throw unknownVersion(task, taskVersion, [...old.map(({ version }) => version), current]);
  return form;
}

/**
 * The form of a job without a version: version 1, or any version of a producer that knows none. So the first version
 * comes first, then today's. Producers of other systems write no signature, and are recognised by the names alone.
 */
function formByNames(
  task: Task,
  { params, sig, compat }: JobParams & { readonly compat: Compat },
): ParamsForm {
  const old: readonly ParamsForm[] = task.versions?.old ?? [];
  const forms = [...old.filter(({ version }) => version === 1), task, ...old];
  const signed = sig === "" ? undefined : forms.find(({ signature }) => signature.fingerprint === sig);
  const named = signed ?? forms.find(({ signature }) => hasExactNames(signature, params));
  if (named !== undefined || compat === "strict") return named ?? task;
  const hasRequired = ({ signature }: ParamsForm) =>
    signature.params.every(({ name, isOptional }) => isOptional || params[name] !== undefined);
  return [task, ...old].find(hasRequired) ?? task;
}

function unknownVersion(task: Task, version: number, known: readonly number[]): SignatureError {
  const issue = {
    path: "",
    kind: "invalid",
    expected: `version ${[...known].sort((a, b) => a - b).join(", ")}`,
    got: `version ${version}`,
  } as const;
  const isNewer = version > Math.max(...known);
  return new SignatureError(task.name, "work", [issue], {
    signature: formText(task),
    hint: isNewer
      ? `Deploy workers whose task has version ${version}.`
      : `Keep version ${version} in from of the task until no such job is left.`,
  });
}

/**
 * Casts the parameters of an earlier version to today's, step by step. Each result is checked by its form.
 * @throws SignatureError naming the step that failed
 */
function castUp(task: Task, old: OldForm, { output }: BoundParams): BoundParams | Promise<BoundParams> {
  const to = old.version + 1;
  const next = task.versions?.old.find(({ version }) => version === to);
  const step = { from: old.version, to };
  const bound = checkCast({ step, target: next ?? task, phase: "work", run: () => old.up(output) });
  if (next === undefined) return bound;
  return bound instanceof Promise
    ? bound.then((late) => castUp(task, next, late))
    : castUp(task, next, bound);
}

/** Runs a step and checks its result. */
export function checkCast(cast: Cast): BoundParams | Promise<BoundParams> {
  const params = runStep(cast);
  const refuse = (error: unknown): never => {
    throw error instanceof SignatureError ? stepError(cast, undefined, error) : error;
  };
  try {
    const bound = bindForm(cast.target, params, "work", "strict");
    return bound instanceof Promise ? bound.catch(refuse) : bound;
  } catch (error) {
    return refuse(error);
  }
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
function refuseNonJson(form: ParamsForm, given: Values): void {
  const error = findParamsError(given, "params");
  if (error === undefined) return;
  const issues = types.isProxy(given) ? [] : findNameIssues(form.signature, Object.keys(given));
  throw issues.length === 0 ? error : mismatch(form, "enqueue", issues);
}

function toBound(form: ParamsForm, phase: CheckPhase, input: Values, checked: CheckedValues): BoundParams {
  if (checked.status === "refused") throw mismatch(form, phase, checked.issues);
  return { input: input as JsonObject, output: checked.value };
}

function mismatch(form: ParamsForm, phase: CheckPhase, issues: readonly SignatureIssue[]): SignatureError {
  return new SignatureError(form.name, phase, issues, { signature: formText(form) });
}

/**
 * The given parameters whose names are declared. An `undefined` parameter counts as left out, as in JSON. With
 * `dropsUnknown`, undeclared names are dropped instead of refused.
 * @throws SignatureError with every missing or unexpected name
 */
function matchNames(
  form: ParamsForm,
  given: Values,
  { phase, dropsUnknown }: { readonly phase: CheckPhase; readonly dropsUnknown: boolean },
): Values {
  const { signature } = form;
  const names = signature.params.map((param) => param.name);
  const present = names.filter((name) => given[name] !== undefined);
  const unknown = dropsUnknown ? [] : Object.keys(given).filter((name) => !names.includes(name));
  const issues = findNameIssues(signature, [...present, ...unknown]);
  if (issues.length > 0) throw mismatch(form, phase, issues);
  return Object.fromEntries(present.map((name) => [name, given[name]]));
}

/** Whether all required names are there, and no undeclared one. The common case, without any allocation. */
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
