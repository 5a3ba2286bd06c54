import type { DeadReason } from "../broker/settlement.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { describeFieldProblems } from "../envelope/fields.ts";
import { ConfigError, MissingHandlerError } from "../errors/config-errors.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { type SerializedError, serializeError } from "../errors/serialized-error.ts";
import { jsonOrNull } from "../json/json-or-null.ts";
import { type OptionRule, optionsCheck, required } from "../options/check-options.ts";
import { msAboveZero, object, textOrEmpty, whole } from "../options/option-rules.ts";
import { decideRetry } from "../retry/decide-retry.ts";
import { policyFaults } from "../retry/policy-faults.ts";
import { MAX_DELAY_MS } from "../runtime/delay.ts";
import { checkParams, type JobRules, type RefusalReason } from "../stored/accept-stored.ts";
import { callHandler, type InlineParts, type InlineState, inlineParts } from "./run-inline.ts";

/** A job that was stored or recorded, and is run here without being settled. */
export interface RehearsedJob {
  readonly envelope: Envelope;
  /** Name of its queue without prefix. Default: that of the task. */
  readonly queue?: string | undefined;
  /** Failures before this run. Default 0. */
  readonly failures?: number | undefined;
  /** Time limit of the run, in ms. Default: that of the task. */
  readonly timeoutMs?: number | undefined;
}

const ENVELOPE: OptionRule = {
  ...object,
  expected: "an envelope, such as readEnvelope returns",
  inside(value, where) {
    const given = Object.entries(value as Envelope).filter(([, field]) => field !== undefined);
    const [problem] = describeFieldProblems(Object.fromEntries(given));
    if (problem === undefined) return;
    throw new ConfigError(`${where}: ${problem}.`, {
      hint: "Pass what readEnvelope of @jobs/core/broker returns.",
    });
  },
};

/** Checks a job before it is run here. */
const checkRehearsedJob = optionsCheck<RehearsedJob>({
  envelope: required(ENVELOPE),
  queue: textOrEmpty,
  failures: whole(0),
  timeoutMs: msAboveZero(true),
});

/** What a worker would have made of the run. */
export type Rehearsal =
  /** `value`: as JSON would keep it. */
  | { readonly status: "succeeded"; readonly durationMs: number; readonly value: unknown }
  /** `next`: what would follow. */
  | {
      readonly status: "failed";
      readonly durationMs: number;
      readonly error: SerializedError;
      readonly next: "retry" | "snooze" | "dead";
      /** Only where the job would be dead. */
      readonly reason?: DeadReason;
    }
  /** The handler was not called. */
  | { readonly status: "refused"; readonly reason: RefusalReason; readonly message: string };

/** `app.rehearse`. @throws ConfigError for a job that cannot be used · UnknownTaskError · MissingHandlerError */
export async function rehearseIn(state: InlineState, job: RehearsedJob, rules: JobRules): Promise<Rehearsal> {
  checkRehearsedJob(job, "app.rehearse");
  const task = rules.tasks.get(job.envelope.task);
  return rehearse(job, { ...inlineParts(state, task, "app.rehearse"), ...rules });
}

/**
 * Runs a stored job with today's code: the worker's checks, executor, context, timeout and decision about a failure, but
 * no settlement, result or event of the job. What the handler itself does is real.
 * @throws MissingHandlerError
 */
async function rehearse(job: RehearsedJob, parts: InlineParts & JobRules): Promise<Rehearsal> {
  const { envelope, failures = 0, timeoutMs } = job;
  const { tasks, config, handler, runtime } = parts;
  const task = tasks.get(envelope.task);
  if (handler === undefined) throw new MissingHandlerError([task.name]);
  const settings = timeoutMs === undefined ? parts.settings : { ...parts.settings, timeoutMs };
  const accepted = await checkParams(envelope, task, config);
  if (accepted.status === "refused") {
    const { status, reason, message } = accepted;
    return { status, reason, message };
  }
  const { clock, random } = runtime;
  const startedAt = clock.monotonic();
  const passed = () => clock.monotonic() - startedAt;
  const inline = { envelope, output: accepted.output, queue: job.queue ?? settings.queue, failures };
  try {
    const value = await callHandler(inline, { ...parts, settings, handler });
    return { status: "succeeded", durationMs: passed(), value: jsonOrNull(value) };
  } catch (thrown) {
    const durationMs = passed();
    const decided = decideRetry(
      {
        thrown,
        kind: isJobsError(thrown, "job_timeout") ? "timeout" : "exhausted",
        attempt: failures + 1,
        maxAttempts: envelope.maxAttempts ?? settings.maxAttempts,
        backoff: envelope.backoff ?? settings.backoff,
        nonRetryable: task.options.nonRetryable ?? [],
        postponements: 0,
        maxRetryDelayMs: MAX_DELAY_MS,
        onFault: policyFaults(task.name, runtime.report),
      },
      random,
    );
    const error = serializeError(thrown, failures + 1);
    const failed = { status: "failed", durationMs, error, next: decided.status } as const;
    return decided.status === "dead" ? { ...failed, reason: decided.reason } : failed;
  }
}
