import type { Envelope } from "../../envelope/envelope.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { serializeError } from "../../errors/serialized-error.ts";
import { isError } from "../../errors/to-error.ts";
import type { CompletionStep, Success } from "../../job/completion.ts";
import { retryBackoff } from "../../retry/backoff.ts";
import { sleep } from "../../runtime/clock.ts";
import type { RunParts } from "../worker-parts.ts";
import type { Run } from "./run.ts";
import { completionFailed, RELEASED, type RunOutcome } from "./run-outcome.ts";

/** `gave_up`: the lease or the worker ended first. `failed`: a retry cannot help. */
export type StepsResult =
  | { readonly status: "done" }
  | { readonly status: "gave_up" }
  | { readonly status: "failed"; readonly step: string; readonly error: unknown };

/** Nothing is left to do before the ack. */
export const COMPLETED: StepsResult = { status: "done" };
const GAVE_UP: StepsResult = { status: "gave_up" };

/** The outcome of a successful run after its completion steps. */
export function outcomeAfterSteps(
  completed: StepsResult,
  succeeded: RunOutcome,
  { attempt }: Run,
): RunOutcome {
  if (completed.status === "done") return succeeded;
  return completed.status === "gave_up"
    ? RELEASED
    : completionFailed(completed.step, completed.error, attempt);
}

/** Whether any of the steps applies to a job. */
export function isConcerned(steps: readonly CompletionStep[], envelope: Envelope): boolean {
  for (const step of steps) if (step.concerns === undefined || step.concerns(envelope)) return true;
  return false;
}

/**
 * Runs the completion steps in order. A failed step is retried while the lease lasts, unless its error is permanent. A
 * stopping worker retries once, then it releases the job.
 */
export async function completeSteps(
  run: Run,
  success: Success,
  steps: readonly CompletionStep[],
  parts: RunParts,
): Promise<StepsResult> {
  for (const step of steps) {
    if (step.concerns?.(success.envelope) === false) continue;
    try {
      await step.complete(success);
    } catch (error) {
      const completed = await keepTrying(run, { step, success, error }, parts);
      if (completed.status !== "done") return completed;
    }
  }
  return COMPLETED;
}

/** A step that has failed for the first time. */
interface FailedStep {
  readonly step: CompletionStep;
  readonly success: Success;
  readonly error: unknown;
}

async function keepTrying(
  run: Run,
  { step, success, error: first }: FailedStep,
  parts: RunParts,
): Promise<StepsResult> {
  const { clock, random, logger, limited } = parts.runtime;
  const startedAt = clock.monotonic();
  const fields = { step: step.name, job: run.ref.id, task: run.ref.task };
  parts.delayed.add(run);
  try {
    for (let error = first, failures = 1; ; failures++) {
      if (isFinalFault(error, clock.monotonic() - startedAt)) {
        limited.error({ err: error, ...fields }, "a completion step cannot succeed");
        return { status: "failed", step: step.name, error };
      }
      if (failures === 1) reportDelay(run, step.name, error, parts);
      else logger.debug({ err: error, ...fields, failures }, "a completion step failed again");
      const isLastTry = parts.stopping.aborted;
      if (isLastTry && failures > 1) return GAVE_UP;
      await sleep(clock, retryBackoff(failures, random), parts.stopping);
      // Once the job is acked, no lease limits the tries.
      if (run.state !== "settled" && (run.hasLostLease || run.isAbandoned)) return GAVE_UP;
      try {
        await step.complete(success);
        logger.info({ ...fields, failures }, "a completion step succeeded after all");
        return COMPLETED;
      } catch (again) {
        if (isLastTry) return GAVE_UP;
        error = again;
      }
    }
  } finally {
    parts.delayed.delete(run);
  }
}

/** Reported once for each step. */
function reportDelay(run: Run, step: string, error: unknown, { runtime, lifecycle }: RunParts): void {
  const fields = { err: error, step, job: run.ref.id, task: run.ref.task };
  runtime.limited.warn(fields, "a completion step failed; it is tried again while the lease lasts");
  if (!lifecycle.isObserved) return;
  const at = runtime.clock.now();
  lifecycle.publish({ type: "job.step_delayed", step, error: serializeError(error), job: run.ref, at });
}

/** Ends the run of a cancelled job. It keeps the result `cancelled` first, then the job leaves its queue. */
export async function cancelRun(
  run: Run,
  envelope: Envelope,
  parts: RunParts,
): Promise<RunOutcome | undefined> {
  const steps = parts.keepCancelled === undefined ? [] : [parts.keepCancelled];
  const end = { job: run.ref, envelope, value: undefined, finishedAt: parts.runtime.clock.now() };
  const completed = await completeSteps(run, end, steps, parts);
  if (run.hasLostLease) return undefined;
  // A cancelled job leaves its queue even when the result cannot be kept.
  return completed.status === "gave_up" ? RELEASED : { status: "cancelled" };
}

/**
 * How long a step is retried after a refusal that is not about the job, in ms. Examples: a password is changed, a
 * permission is granted, tables are created.
 */
const REFUSAL_MS = 300_000;

/** Codes of errors about the store, not about the job. */
const STORE_CODES = new Set(["access_denied", "invalid_config"]);

/** Errors that a bug in a step throws. */
const PROGRAMMING_ERRORS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** Whether a completion step that has failed with `error` for `failingMs` should not be retried. */
function isFinalFault(error: unknown, failingMs: number): boolean {
  if (isJobsError(error)) {
    if (error.retryable) return false;
    return !STORE_CODES.has(error.code) || failingMs >= REFUSAL_MS;
  }
  return isProgrammingError(error);
}

function isProgrammingError(error: unknown): boolean {
  try {
    // Node's fetch throws a TypeError with a cause when a server does not answer.
    return (
      isError(error) && error.cause === undefined && PROGRAMMING_ERRORS.some((kind) => error instanceof kind)
    );
  } catch {
    // A thrown value may throw at every access, such as a revoked proxy.
    return false;
  }
}
