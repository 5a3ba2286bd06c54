import { type CheckPhase, SignatureError, type VersionStep } from "../errors/contract-errors.ts";
import { serializeError } from "../errors/serialized-error.ts";
import { findParamsError } from "../json/json-safety.ts";
import { isObject } from "../options/is-object.ts";
import { formText, type ParamsForm } from "./params-form.ts";

/** A step between two forms of a task's parameters. */
export interface Cast {
  readonly step: VersionStep;
  /** The form that it leads to. */
  readonly target: ParamsForm;
  readonly phase: CheckPhase;
  readonly run: () => unknown;
}

/** The result of a step. Its error may quote a parameter, so only its kind is named. */
export function runStep(cast: Cast): unknown {
  let result: unknown;
  try {
    result = cast.run();
  } catch (cause) {
    throw stepError(cast, `threw ${serializeError(cause).name}`, cause);
  }
  if (result instanceof Promise) {
    result.catch(() => {});
    throw stepError(cast, "returned a promise, and a step is synchronous");
  }
  const notJson = isObject(result) ? findParamsError(result, "params") : undefined;
  if (notJson === undefined) return result;
  throw stepError(cast, `returned ${notJson.path} as ${notJson.found}, which JSON cannot carry`, notJson);
}

const HINT =
  "Correct the step in from or to of the task, and put dead letters back with jobs dlq retry. appConformance finds such jobs.";

export function stepError(
  { step, target, phase }: Cast,
  fault: string | undefined,
  cause?: unknown,
): SignatureError {
  const issues = cause instanceof SignatureError ? cause.issues : [];
  const did = fault === undefined ? `returned parameters that version ${step.to} refuses:` : `${fault}.`;
  return new SignatureError(target.name, phase, issues, {
    signature: formText(target),
    step,
    what: ` the step from version ${step.from} to ${step.to} ${did}`,
    cause,
    hint: HINT,
  });
}
