import type { JsonObject } from "../../envelope/envelope.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { serializeError } from "../../errors/serialized-error.ts";
import { postponements } from "../../retry/hold-delay.ts";
import { type Outcome, outcomeOf } from "../../retry/outcome.ts";
import { redactParams } from "../../task/redact-params.ts";
import type { HandlerCall } from "./execution.ts";
import type { RunnableTask } from "./resolve-task.ts";
import { RELEASED, type RunOutcome } from "./run-outcome.ts";
import type { RunParts } from "./run-parts.ts";

/** A handler that did not do its work. */
export interface FailedCall {
  readonly call: HandlerCall;
  readonly runnable: RunnableTask;
  /** `undefined` where it was given up while still running. */
  readonly thrown: unknown;
  readonly durationMs: number;
  /** As they were sent. */
  readonly params: JsonObject;
}

/**
 * How a run ends whose handler threw or was interrupted; `undefined` when nothing may be written, because another worker
 * may hold the job. Tells executor and observers of a failure before the broker.
 */
export function outcomeOfFailure(failed: FailedCall, parts: RunParts): RunOutcome | undefined {
  const { run, ctx } = failed.call;
  const { interruption } = run;
  const kind = interruption?.kind;
  if (run.hasLostLease) return undefined;
  if (kind === "shutdown" || kind === "cancelled" || kind === "lease_lost") return RELEASED;
  const thrown = interruption?.error ?? failed.thrown;
  const { task, settings } = failed.runnable;
  const outcome = outcomeOf(
    {
      thrown,
      kind: kind ?? "exhausted",
      attempt: run.attempt,
      maxAttempts: ctx.maxAttempts,
      backoff: settings.backoff,
      nonRetryable: task.options.nonRetryable ?? [],
      postponements: postponements(run.delivery),
      maxRetryDelayMs: parts.maxRetryDelayMs,
      onBackoffFault: (fault) => parts.reportBackoff(task.name, fault),
    },
    parts.runtime.random,
  );
  if (kind !== undefined || !isJobsError(thrown, "retry_later")) {
    publishFailure(failed, thrown, { willRetry: outcome.status !== "dead" }, parts);
  }
  return toRunOutcome(outcome);
}

function toRunOutcome(outcome: Outcome): RunOutcome {
  const { status, error } = outcome;
  if (status === "dead") return { status, reason: outcome.reason, error };
  const { delayMs } = outcome;
  if (status === "snooze") return { status: "snoozed", delayMs, reason: error.message };
  return { status: "retried", delayMs, reason: `${error.name}: ${error.message}` };
}

function publishFailure(
  failed: FailedCall,
  thrown: unknown,
  decision: { readonly willRetry: boolean },
  parts: RunParts,
): void {
  const { call, durationMs, runnable, params } = failed;
  const { execution, lifecycle, runtime } = parts;
  execution.failed(call.ctx, thrown);
  if (!lifecycle.isObserved) return;
  const job = call.run.ref;
  const error = serializeError(thrown, job.attempt);
  const shown = runnable.settings.logParams ? { params: redactParams(runnable.task, params) } : {};
  lifecycle.publish({
    type: "job.failed",
    at: runtime.clock.now(),
    job,
    error,
    durationMs,
    ...decision,
    ...shown,
  });
}
