// For code that inspects a task's contract: parameters, signature, registry, retries.

export type { BackoffPlan } from "../envelope/envelope.ts";
export { DuplicateTaskError, MissingHandlerError } from "../errors/config-errors.ts";
export { type CheckPhase, NotJsonError, type SignatureIssue } from "../errors/contract-errors.ts";
export type { JobsErrorOptions } from "../errors/jobs-error.ts";
export {
  type BackoffFunction,
  type BackoffInput,
  backoffDelay,
  checkBackoff,
  DEFAULT_BACKOFF,
} from "../retry/backoff.ts";
export { type BoundParams, bindJob, bindParams, type Compat, type JobParams } from "../task/bind-params.ts";
export { createTaskRegistry } from "../task/create-task-registry.ts";
export type { ParamNames, ParamWord, ParamWords, WordTypes } from "../task/param-words.ts";
export type { OldForm, ParamsForm, TaskVersions } from "../task/params-form.ts";
export type { ParamsInput, ParamsOutput, TaskParams } from "../task/params-types.ts";
export type { ObjectSchema } from "../task/plain-schema.ts";
export { formatRate, parseRate } from "../task/rate.ts";
export { REDACTED, redactParams } from "../task/redact-params.ts";
export type { TaskRegistry } from "../task/registry.ts";
export { schemaDigest } from "../task/schema-digest.ts";
export type { ParamsSchema } from "../task/schema-params.ts";
export type { CheckedValues, ParamKind, Signature, SignatureParam } from "../task/signature.ts";
export type { AnyUpcast, Downcasts, Upcast, Upcasts } from "../task/upcast.ts";
