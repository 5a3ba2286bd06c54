import { isJobsError } from "../errors/jobs-error.ts";
import { serializeError } from "../errors/serialized-error.ts";
import type { CompletionStep, RunOnce, Success } from "../job/completion.ts";
import { outcomeOf } from "../retry/outcome.ts";
import { postponements } from "../retry/postpone.ts";
import type { Cancel } from "../runtime/clock.ts";
import type { AdmittedJob } from "./admit.ts";
import { cancelRun } from "./cancel-run.ts";
import { completeSteps } from "./complete-steps.ts";
import { acknowledge, bury, type Ending, release, retry, snooze } from "./ending.ts";
import type { Execution } from "./execute.ts";
import type { Interruption, Run, RunOwner } from "./run.ts";
import { type ContextParts, RunContext } from "./run-context.ts";
import type { Tally } from "./tally.ts";
import type { Timeouts } from "./timeouts.ts";

/** How long a handler may go on after its signal aborted for a timeout, an uncaught error or a cancellation, in ms. */
const GRACE_MS = 10_000;

/** What running a job takes. */
export interface RunParts extends ContextParts {
  /** Of the worker, for whoever wants to know who runs a job. */
  readonly identity: string;
  readonly execution: Execution;
  readonly steps: readonly CompletionStep[];
  /** Set where jobs that must not run twice are looked up first. */
  readonly once?: RunOnce | undefined;
  /** Keeps that a job was cancelled, where results are kept. */
  readonly keepCancelled?: CompletionStep | undefined;
  readonly timeouts: Timeouts;
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

/** How the handler itself ended. `abandoned`: it did not come back within the grace that follows an interruption. */
type HandlerEnd =
  | { readonly status: "returned"; readonly value: unknown }
  | { readonly status: "threw"; readonly error: unknown }
  | { readonly status: "abandoned" };

/**
 * One admitted job: handler, timeout, completion steps, and the decision what becomes of it. Built on callbacks, not on
 * promises: a handler that returns at once costs none, and each one costs more than the rest of the way.
 */
export class JobRun implements RunOwner {
  readonly #run: Run;
  readonly #job: AdmittedJob;
  readonly #parts: RunParts;
  readonly #onFinish: (run: Run, finished: FinishedRun) => void;
  readonly #maxAttempts: number;
  readonly #ctx: RunContext;
  #work: unknown;
  #durationMs = 0;
  #hasEnded = false;
  #cancelGrace: Cancel | undefined;

  constructor(
    run: Run,
    job: AdmittedJob,
    parts: RunParts,
    onFinish: (run: Run, finished: FinishedRun) => void,
  ) {
    this.#run = run;
    this.#job = job;
    this.#parts = parts;
    this.#onFinish = onFinish;
    this.#maxAttempts = job.envelope.maxAttempts ?? job.settings.maxAttempts;
    this.#ctx = new RunContext(run, job.envelope, this.#maxAttempts, parts);
  }

  /** Calls the handler; `onFinish` is called once, now or later. */
  start(): void {
    const { lifecycle, runtime, execution, timeouts, once, identity } = this.#parts;
    const { handler, params, settings, envelope } = this.#job;
    const run = this.#run;
    if (lifecycle.isObserved)
      lifecycle.publish({ type: "job.started", at: runtime.clock.now(), job: run.ref, worker: identity });
    execution.started(this.#ctx);
    run.startedAt = runtime.clock.monotonic();
    run.timeoutAt = run.startedAt + settings.timeoutMs;
    run.owner = this;
    timeouts.arm(run.timeoutAt);
    try {
      const work = () => handler.run(params as never, this.#ctx);
      this.#work = execution.run(this.#ctx, run, once === undefined ? work : () => once(envelope, work));
    } catch (error) {
      return this.#end({ status: "threw", error });
    }
    if (!isThenable(this.#work)) return this.#end({ status: "returned", value: this.#work });
    this.#work.then(
      (value) => this.#end({ status: "returned", value }),
      (error: unknown) => this.#end({ status: "threw", error }),
    );
  }

  /** Leaves the handler a grace; only a shutdown brings its own end, and a lost lease has none. */
  interrupted({ kind }: Interruption): void {
    this.#cancelGrace?.();
    if (kind === "shutdown" || kind === "lease_lost") return;
    this.#cancelGrace = this.#parts.runtime.clock.schedule(GRACE_MS, () => this.#run.abandon());
  }

  abandoned(): void {
    this.#end({ status: "abandoned" });
  }

  #end(end: HandlerEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelGrace?.();
    this.#run.owner = undefined;
    this.#run.timeoutAt = Number.POSITIVE_INFINITY;
    this.#durationMs = this.#parts.runtime.clock.monotonic() - this.#run.startedAt;
    this.#parts.tally.busyMs += this.#durationMs;
    if (this.#run.interruption?.kind === "cancelled") return this.#cancel(end.status === "abandoned");
    // A handler that returned has done its work, however late; only code it left behind that blew up says otherwise.
    const hasSucceeded = end.status === "returned" && this.#run.interruption?.kind !== "uncaught";
    if (hasSucceeded) this.#succeed(end.value);
    else this.#finish(this.#failedEnding(end), end.status === "abandoned");
  }

  #succeed(value: unknown): void {
    const { execution, steps, runtime } = this.#parts;
    const run = this.#run;
    execution.succeeded(this.#ctx, value);
    const { envelope } = this.#job;
    const isConcerned = steps.some((step) => step.concerns === undefined || step.concerns(envelope));
    if (!isConcerned) return this.#finish(acknowledge(run, this.#durationMs), false);
    const success: Success = {
      job: run.ref,
      envelope,
      value,
      finishedAt: runtime.clock.now(),
    };
    const ending = acknowledge(run, this.#durationMs, success);
    // Without a lease only the ack is tried; results must not be written beside another worker's.
    if (run.hasLostLease) return this.#finish(ending, false);
    void completeSteps(run, success, this.#parts).then((as) =>
      this.#finish(as === "done" ? ending : release(run), false),
    );
  }

  #cancel(isStuck: boolean): void {
    void cancelRun(this.#run, this.#job.envelope, this.#parts).then((ending) =>
      this.#finish(ending, isStuck),
    );
  }

  #finish(ending: Ending | undefined, isStuck: boolean): void {
    const stuck = isStuck ? Promise.resolve(this.#work).catch(() => {}) : undefined;
    this.#onFinish(this.#run, { ending, stuck });
  }

  #failedEnding(end: HandlerEnd): Ending | undefined {
    const run = this.#run;
    const { ref, interruption, delivery } = run;
    const kind = interruption?.kind;
    if (kind === "lease_lost") return undefined;
    if (kind === "shutdown" || kind === "cancelled") return release(run);
    const thrown = interruption?.error ?? (end.status === "threw" ? end.error : undefined);
    if (kind !== undefined || !isJobsError(thrown, "retry_later")) this.#reportFailure(thrown);
    const { settings, task } = this.#job;
    const outcome = outcomeOf(
      {
        thrown,
        kind: kind ?? "exhausted",
        attempt: ref.attempt,
        maxAttempts: this.#maxAttempts,
        backoff: settings.backoff,
        nonRetryable: task.options.nonRetryable ?? [],
        postponements: postponements(delivery),
        maxRetryDelayMs: this.#parts.maxRetryDelayMs,
      },
      this.#parts.runtime.random,
    );
    if (outcome.status === "dead") return bury(run, outcome.reason, outcome.error);
    if (outcome.status === "snooze") return snooze(run, outcome.delayMs, outcome.error.message);
    return retry(run, outcome.delayMs, `${outcome.error.name}: ${outcome.error.message}`);
  }

  #reportFailure(thrown: unknown): void {
    const { execution, lifecycle, runtime } = this.#parts;
    execution.failed(this.#ctx, thrown);
    if (!lifecycle.isObserved) return;
    const job = this.#run.ref;
    const error = serializeError(thrown, job.attempt);
    lifecycle.publish({
      type: "job.failed",
      at: runtime.clock.now(),
      job,
      error,
      durationMs: this.#durationMs,
    });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function"
  );
}
