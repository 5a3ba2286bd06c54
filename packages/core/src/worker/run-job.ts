import { isJobsError } from "../errors/jobs-error.ts";
import { JobTimeoutError } from "../errors/run-errors.ts";
import { serializeError } from "../errors/serialized-error.ts";
import type { CompletionStep } from "../job/completion.ts";
import { type FailedRun, outcomeOf } from "../retry/outcome.ts";
import { postponements } from "../retry/postpone.ts";
import type { AdmittedJob } from "./admit.ts";
import { completeSteps } from "./complete-steps.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";
import { acknowledge, bury, type Ending, release, retry, snooze } from "./ending.ts";
import type { Execution } from "./execute.ts";
import type { HandlerEnd, Run } from "./run.ts";
import { type ContextParts, RunContext } from "./run-context.ts";
import type { Tally } from "./tally.ts";

/** How long a handler may go on after its signal aborted for a timeout or an uncaught error, in ms. */
const GRACE_MS = 10_000;

/** What running a job takes. */
export interface RunParts extends ContextParts {
  readonly execution: Execution;
  readonly steps: readonly CompletionStep[];
  readonly timeouts: DeadlineWatch<Run>;
  readonly tally: Tally;
  readonly maxRetryDelayMs: number;
}

/** What is left when a run is over. */
export interface FinishedRun {
  /** How to settle; `undefined` when nothing may be written, because another worker may hold the job. */
  readonly ending: Ending | undefined;
  /** Settles once the handler is back; set only when it was given up while still running. */
  readonly stuck: Promise<unknown> | undefined;
}

/** Runs an admitted job to its end: handler, timeout, completion steps, and the decision what becomes of it. Never rejects. */
export async function runJob(run: Run, job: AdmittedJob, parts: RunParts): Promise<FinishedRun> {
  const { clock } = parts.runtime;
  const maxAttempts = job.envelope.maxAttempts ?? job.settings.maxAttempts;
  const ctx = new RunContext(run, job.envelope, maxAttempts, parts);
  if (parts.lifecycle.isObserved)
    parts.lifecycle.publish({ type: "job.started", at: clock.now(), job: run.ref });
  parts.execution.started(ctx);
  const startedAt = clock.monotonic();
  run.startedAt = startedAt;
  parts.timeouts.watch(run, startedAt + job.settings.timeoutMs);
  const work = parts.execution.run(ctx, run, () => job.handler.run(job.params as never, ctx));
  const end = await untilEnd(run, work, parts);
  parts.timeouts.unwatch(run);
  const durationMs = clock.monotonic() - startedAt;
  parts.tally.busyMs += durationMs;
  const stuck = end.status === "abandoned" ? work.catch(() => {}) : undefined;
  const finished = { run, job, ctx, end, durationMs, maxAttempts };
  const ending = hasSucceeded(run, end) ? await completed(finished, parts) : failedEnding(finished, parts);
  return { ending, stuck };
}

interface FinishedHandler {
  readonly run: Run;
  readonly job: AdmittedJob;
  readonly ctx: RunContext;
  readonly end: HandlerEnd;
  readonly durationMs: number;
  readonly maxAttempts: number;
}

/**
 * Waits for the handler; after a timeout or an uncaught error only as long as the grace. A shutdown brings its own end,
 * and a handler that lost its lease may finish: its success is worth one ack.
 */
function untilEnd(run: Run, work: Promise<unknown>, parts: RunParts): Promise<HandlerEnd> {
  return new Promise((resolve) => {
    let cancelGrace = () => {};
    const tellWrapper = run.onAbandon;
    run.onAbandon = () => {
      resolve({ status: "abandoned" });
      tellWrapper?.();
    };
    run.onInterrupt = ({ kind }) => {
      cancelGrace();
      if (kind === "timeout" || kind === "uncaught")
        cancelGrace = parts.runtime.clock.schedule(GRACE_MS, () => run.abandon());
    };
    const finish = (end: HandlerEnd) => {
      cancelGrace();
      run.onInterrupt = undefined;
      resolve(end);
    };
    work.then(
      (value) => finish({ status: "returned", value }),
      (error: unknown) => finish({ status: "threw", error }),
    );
  });
}

/** A handler that returned has done its work, however late; only code it left behind that blew up says otherwise. */
function hasSucceeded(run: Run, end: HandlerEnd): end is Extract<HandlerEnd, { status: "returned" }> {
  return end.status === "returned" && run.interruption?.kind !== "uncaught";
}

async function completed(finished: FinishedHandler, parts: RunParts): Promise<Ending> {
  const { run, end, ctx, durationMs } = finished;
  const value = end.status === "returned" ? end.value : undefined;
  parts.execution.succeeded(ctx, value);
  const success = { job: run.ref, value, finishedAt: parts.runtime.clock.now() };
  // Without a lease only the ack is tried; results must not be written beside another worker's.
  if (!run.hasLostLease && parts.steps.length > 0) {
    const steps = await completeSteps(run, success, parts);
    if (steps === "gave_up") return release(run.ref);
  }
  return acknowledge(success, durationMs);
}

function failedEnding(finished: FinishedHandler, parts: RunParts): Ending | undefined {
  const { run, end, ctx, durationMs } = finished;
  const kind = run.interruption?.kind;
  if (kind === "lease_lost") return undefined;
  if (kind === "shutdown") return release(run.ref);
  const thrown = run.interruption?.error ?? (end.status === "threw" ? end.error : undefined);
  const isSnooze = kind === undefined && isJobsError(thrown, "retry_later");
  if (!isSnooze) {
    parts.execution.failed(ctx, thrown);
    publishFailed(run, thrown, durationMs, parts);
  }
  const outcome = outcomeOf(failedRun(finished, thrown, parts), parts.runtime.random);
  if (outcome.status === "dead") return bury(run.ref, outcome.reason, outcome.error);
  if (outcome.status === "snooze") return snooze(run.ref, outcome.delayMs, outcome.error.message);
  return retry(run.ref, outcome.delayMs, `${outcome.error.name}: ${outcome.error.message}`);
}

function failedRun({ run, job, maxAttempts }: FinishedHandler, thrown: unknown, parts: RunParts): FailedRun {
  const kind = run.interruption?.kind;
  return {
    thrown,
    kind: kind === "timeout" || kind === "uncaught" ? kind : "exhausted",
    attempt: run.ref.attempt,
    maxAttempts,
    backoff: job.settings.backoff,
    nonRetryable: job.task.options.nonRetryable ?? [],
    postponements: postponements(run.delivery),
    maxRetryDelayMs: parts.maxRetryDelayMs,
  };
}

function publishFailed(
  run: Run,
  thrown: unknown,
  durationMs: number,
  { lifecycle, runtime }: RunParts,
): void {
  if (!lifecycle.isObserved) return;
  const error = serializeError(thrown, run.ref.attempt);
  lifecycle.publish({ type: "job.failed", at: runtime.clock.now(), job: run.ref, error, durationMs });
}

/** Called when a run's time is up. After a lost lease there is nothing to record any more, only a handler to give up. */
export function interruptForTimeout(run: Run, timeoutMs: number): void {
  if (run.hasLostLease) run.abandon();
  else run.interrupt({ kind: "timeout", error: new JobTimeoutError(run.ref.task, timeoutMs) });
}
