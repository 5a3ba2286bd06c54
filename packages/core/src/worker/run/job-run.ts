import type { BackoffPlan, JsonObject } from "../../envelope/envelope.ts";
import { isJobsError } from "../../errors/jobs-error.ts";
import { NotCommittedError } from "../../errors/run-errors.ts";
import { serializeError } from "../../errors/serialized-error.ts";
import type { Success } from "../../job/completion.ts";
import { keptJson } from "../../job/kept-json.ts";
import { decideRetry, postponements, type RetryDecision } from "../../retry/decide-retry.ts";
import { isThenable } from "../../runtime/call-listener.ts";
import type { Cancel } from "../../runtime/clock.ts";
import { redactParams } from "../../task/redact-params.ts";
import type { RunParts } from "../worker-parts.ts";
import { COMPLETED, cancelRun, completeSteps, isConcerned, outcomeAfterSteps } from "./completion-steps.ts";
import type { BoundJob, RunnableTask } from "./decode-and-bind.ts";
import type { HandlerCall } from "./execution.ts";
import type { Interruption, RunOwner } from "./interruption.ts";
import type { Run } from "./run.ts";
import { BROKER_KEEPS_NULL, type JoinedTransaction, RunContext } from "./run-context.ts";
import { RELEASED, type RunOutcome } from "./run-outcome.ts";

/** How long a handler may continue after its signal aborted, in ms. Not for a shutdown, which has its own end. */
const GRACE_MS = 10_000;

/** Settles runs. */
export interface RunSettler {
  /**
   * Called once, when a run is over. `outcome`: how to settle; `undefined` when nothing may be written, because another
   * worker may hold the job. `stuck` resolves when an abandoned handler returns; set only for a handler that still
   * runs.
   */
  finish(run: Run, outcome: RunOutcome | undefined, stuck?: Promise<unknown>): void;
}

/** How the handler ended. `abandoned`: it did not return within the grace period after an interruption. */
type HandlerEnd = "returned" | "threw" | "abandoned";

/**
 * One accepted job: handler, timeout, completion steps, and its outcome. It uses callbacks instead of promises. A
 * handler that returns synchronously costs no promise, which would cost more than the rest.
 */
export class JobRun implements RunOwner, HandlerCall {
  readonly run: Run;
  readonly ctx: RunContext;
  readonly #job: BoundJob;
  readonly #parts: RunParts;
  readonly #settler: RunSettler;
  #work: unknown;
  #durationMs = 0;
  #cancelGrace: Cancel | undefined;

  constructor(run: Run, job: BoundJob, parts: RunParts, settler: RunSettler) {
    const { envelope, runnable } = job;
    this.run = run;
    this.ctx = new RunContext(run, envelope, envelope.maxAttempts ?? runnable.settings.maxAttempts, parts);
    this.#job = job;
    this.#parts = parts;
    this.#settler = settler;
  }

  /** Starts the run. */
  start(): void {
    const { lifecycle, runtime, execution, timeouts, identity } = this.#parts;
    const { run } = this;
    if (lifecycle.isObserved)
      lifecycle.publish({ type: "job.started", at: runtime.clock.now(), job: run.ref, worker: identity });
    execution.started(this.ctx);
    run.start(this, runtime.clock.monotonic(), this.#job.runnable.settings.timeoutMs);
    timeouts.arm(run.timeoutAt);
    try {
      this.#work = execution.run(this);
      // Inspecting a handler's value can run its code: a getter, a proxy's trap.
      if (isThenable(this.#work)) return this.#follow(this.#work);
    } catch (error) {
      return this.#end("threw", error);
    }
    this.#end("returned", this.#work);
  }

  #follow(work: PromiseLike<unknown>): void {
    work.then(
      (value) => this.#end("returned", value),
      (error: unknown) => this.#end("threw", error),
    );
  }

  handle(): unknown {
    const { completed } = this.run.delivery;
    if (completed !== undefined) return JSON.parse(completed);
    const { once } = this.#parts;
    const { envelope } = this.#job;
    return once === undefined ? this.#callHandler() : once(envelope, () => this.#callHandler());
  }

  #callHandler(): unknown {
    const { runnable, params } = this.#job;
    return runnable.handler.run(params as never, this.ctx);
  }

  /** Gives the handler a grace period. A shutdown has its own end, and a lost lease has none. */
  interrupted({ kind }: Interruption): void {
    this.#cancelGrace?.();
    if (kind === "shutdown" || kind === "lease_lost") return;
    this.#cancelGrace = this.#parts.runtime.clock.schedule(GRACE_MS, () => this.run.abandon());
  }

  abandoned(): void {
    this.#end("abandoned", undefined);
  }

  /** `outcome`: its value or its error. */
  #end(how: HandlerEnd, outcome: unknown): void {
    const { run } = this;
    if (run.state !== "running") return;
    this.#cancelGrace?.();
    const { runtime, counters } = this.#parts;
    this.#durationMs = run.handlerEnded(runtime.clock.monotonic());
    counters.busyMs += this.#durationMs;
    const { joined, isDoneElsewhere } = this.ctx;
    if (joined !== undefined) void this.#concludeTransaction(how, outcome, joined);
    else if (isDoneElsewhere) this.#giveBack(how);
    else this.#conclude(how, outcome);
  }

  /** Its transaction was refused for another run's, so it has neither succeeded nor failed. The next delivery knows. */
  #giveBack(how: HandlerEnd): void {
    this.#settler.finish(this.run, this.run.hasLostLease ? undefined : RELEASED, this.#stuck(how));
  }

  /** The commit decides, not how the handler ended. While it is unknown, the job goes back: its next delivery knows. */
  async #concludeTransaction(how: HandlerEnd, outcome: unknown, { value }: JoinedTransaction): Promise<void> {
    const { run } = this;
    const isCommitted = await run.source.isCompleted(run).catch(() => undefined);
    if (isCommitted === undefined) this.#settler.finish(run, RELEASED, this.#stuck(how));
    else if (isCommitted) this.#succeed(value, this.#stuck(how));
    else if (how === "returned") this.#conclude("threw", new NotCommittedError(run.task));
    else this.#conclude(how, outcome);
  }

  #conclude(how: HandlerEnd, outcome: unknown): void {
    const kind = this.run.interruption?.kind;
    if (kind === "cancelled") return this.#cancel(how);
    // A handler that returned has succeeded, even if late, unless its remaining code threw an uncaught error.
    if (how === "returned" && kind !== "uncaught") this.#succeed(outcome);
    else this.#fail(how, outcome);
  }

  /** `stuck`: its transaction is committed, but the handler does not return. */
  #succeed(value: unknown, stuck?: Promise<unknown>): void {
    const { execution, steps } = this.#parts;
    const { envelope } = this.#job;
    const { run } = this;
    execution.succeeded(this.ctx, value);
    const success = isConcerned(steps, envelope) ? this.#success(value) : undefined;
    const kept = run.source.keepsFinished ? this.#keptByBroker(value) : undefined;
    const outcome: RunOutcome = { status: "succeeded", durationMs: this.#durationMs, success, value: kept };
    if (success === undefined) this.#settler.finish(run, outcome, stuck);
    else void this.#finishAfterSteps(success, outcome, stuck);
  }

  #keptByBroker(value: unknown): string {
    const given = { job: this.run.ref, name: "result", loss: BROKER_KEEPS_NULL } as const;
    return JSON.stringify(keptJson(value, given, this.#parts.runtime));
  }

  /** Without a lease only the ack is tried: results must not overwrite another worker's. */
  async #finishAfterSteps(success: Success, outcome: RunOutcome, stuck?: Promise<unknown>): Promise<void> {
    const { run } = this;
    // The handler may have blocked the event loop, and so the heartbeat, until the lease ended.
    if (!run.hasLostLease && run.leaseUntil <= this.#parts.runtime.clock.monotonic()) {
      await run.source.confirmLease(run);
    }
    const completed = run.hasLostLease
      ? COMPLETED
      : await completeSteps(run, success, this.#parts.steps, this.#parts);
    this.#settler.finish(run, outcomeAfterSteps(completed, outcome, run), stuck);
  }

  #success(value: unknown): Success {
    const finishedAt = this.#parts.runtime.clock.now();
    const { ref: job, hasTakenFollowups, delivery } = this.run;
    const wasDeliveredBefore = delivery.deliveryCount > 1;
    return { job, envelope: this.#job.envelope, value, hasTakenFollowups, wasDeliveredBefore, finishedAt };
  }

  #fail(how: HandlerEnd, thrown: unknown): void {
    const { runnable, envelope } = this.#job;
    const { params, backoff } = envelope;
    const failed = { call: this, runnable, thrown, durationMs: this.#durationMs, params, backoff };
    this.#settler.finish(this.run, outcomeOfFailure(failed, this.#parts), this.#stuck(how));
  }

  #cancel(how: HandlerEnd): void {
    void cancelRun(this.run, this.#job.envelope, this.#parts).then((outcome) =>
      this.#settler.finish(this.run, outcome, this.#stuck(how)),
    );
  }

  #stuck(how: HandlerEnd): Promise<unknown> | undefined {
    return how === "abandoned" ? Promise.resolve(this.#work).catch(() => {}) : undefined;
  }
}

/** A handler without success. */
interface FailedCall {
  readonly call: HandlerCall;
  readonly runnable: RunnableTask;
  /** `undefined` for an abandoned handler that still runs. */
  readonly thrown: unknown;
  readonly durationMs: number;
  /** As they were sent. */
  readonly params: JsonObject;
  /** Chosen by another system's producer, if any. */
  readonly backoff: BackoffPlan | undefined;
}

/**
 * The outcome of a run whose handler threw or was interrupted; `undefined` when nothing may be written, because another
 * worker may hold the job. Executor and observers get the failure before the broker.
 */
function outcomeOfFailure(failed: FailedCall, parts: RunParts): RunOutcome | undefined {
  const { run, ctx } = failed.call;
  const { interruption } = run;
  const kind = interruption?.kind;
  if (run.hasLostLease) return undefined;
  if (kind === "shutdown" || kind === "cancelled" || kind === "lease_lost") return RELEASED;
  const thrown = interruption?.error ?? failed.thrown;
  const { task, settings } = failed.runnable;
  const outcome = decideRetry(
    {
      thrown,
      kind: kind ?? "exhausted",
      attempt: run.attempt,
      maxAttempts: ctx.maxAttempts,
      backoff: failed.backoff ?? settings.backoff,
      nonRetryable: task.options.nonRetryable ?? [],
      postponements: postponements(run.delivery),
      maxRetryDelayMs: parts.maxRetryDelayMs,
      onFault: failed.runnable.reportFault,
    },
    parts.runtime.random,
  );
  if (kind !== undefined || !isJobsError(thrown, "retry_later")) {
    publishFailure(failed, thrown, { willRetry: outcome.status !== "dead" }, parts);
  }
  return toRunOutcome(outcome);
}

function toRunOutcome(outcome: RetryDecision): RunOutcome {
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
