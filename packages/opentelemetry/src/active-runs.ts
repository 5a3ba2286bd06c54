import type { RunRef } from "@jobs/core";
import type { SerializedError } from "@jobs/core/broker";
import { type Context, createContextKey, type Span } from "@opentelemetry/api";
import type { JobAttributes } from "./conventions.ts";

/** A run between its start and its end. */
export interface ActiveRun {
  readonly job: RunRef;
  readonly attributes: JobAttributes;
  /** Identity of its worker. */
  readonly worker: string;
  /** ms since 1970, without fractions: so the SDK takes the start of spans in it. */
  readonly startedAt: number;
  /** The same moment on the monotonic clock. */
  readonly startedMs: number;
  /** How long its handler was at work, in ms; `undefined` until it ends. */
  handlerMs: number | undefined;
  /** The failure of the handler, if it has failed. */
  error: SerializedError | undefined;
  /** Of its `process` span; `undefined` without traces. */
  trace: RunTrace | undefined;
  /** Another run of the same job in this process that has not ended, such as one that has lost its lease. */
  earlier: ActiveRun | undefined;
}

/** The `process` span of a run, and the context with it. */
export interface RunTrace {
  readonly span: Span;
  readonly context: Context;
}

const RUN = createContextKey("@jobs/opentelemetry run");

/** The same context, which knows its run. */
export function withRun(context: Context, run: ActiveRun): Context {
  return context.setValue(RUN, run);
}

/** The run whose code has this context. */
export function runOf(context: Context): ActiveRun | undefined {
  return context.getValue(RUN) as ActiveRun | undefined;
}

/** The active runs of an app, the latest of each job first. One map: each run is added and removed. */
export class ActiveRuns {
  readonly #byId = new Map<string, ActiveRun>();

  start(job: RunRef, worker: string, attributes: JobAttributes): void {
    this.#byId.set(job.id, {
      job,
      attributes,
      worker,
      startedAt: Date.now(),
      startedMs: monotonicMs(),
      handlerMs: undefined,
      error: undefined,
      trace: undefined,
      earlier: this.#byId.get(job.id),
    });
  }

  /** `job`: the object that all events of the run have. */
  find(job: RunRef): ActiveRun | undefined {
    let run = this.#byId.get(job.id);
    while (run !== undefined && run.job !== job) run = run.earlier;
    return run;
  }

  /** The latest run of a job. */
  findById(id: string): ActiveRun | undefined {
    return this.#byId.get(id);
  }

  /** Removes a run; `undefined` where it has ended before, or never started. */
  end(job: RunRef): ActiveRun | undefined {
    const latest = this.#byId.get(job.id);
    if (latest === undefined || latest.job === job) {
      this.#replace(job.id, latest?.earlier);
      return latest;
    }
    let later = latest;
    while (later.earlier !== undefined && later.earlier.job !== job) later = later.earlier;
    const run = later.earlier;
    later.earlier = run?.earlier;
    return run;
  }

  #replace(id: string, latest: ActiveRun | undefined): void {
    if (latest === undefined) this.#byId.delete(id);
    else this.#byId.set(id, latest);
  }

  /** Jobs of the runs that a worker has left unsettled. */
  leftBy(worker: string): readonly RunRef[] {
    const left: RunRef[] = [];
    for (const latest of this.#byId.values()) {
      for (let run: ActiveRun | undefined = latest; run !== undefined; run = run.earlier)
        if (run.worker === worker) left.push(run.job);
    }
    return left;
  }
}

/** Now on a clock that never moves back, in ms. */
export function monotonicMs(): number {
  return performance.now();
}
