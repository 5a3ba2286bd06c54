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

/** The active runs of an app. */
export class ActiveRuns {
  readonly #byRef = new Map<RunRef, ActiveRun>();
  readonly #byId = new Map<string, ActiveRun>();

  start(job: RunRef, worker: string, attributes: JobAttributes): void {
    const run: ActiveRun = {
      job,
      attributes,
      worker,
      startedAt: Date.now(),
      startedMs: monotonicMs(),
      handlerMs: undefined,
      error: undefined,
      trace: undefined,
    };
    this.#byRef.set(job, run);
    this.#byId.set(job.id, run);
  }

  /** `job`: the object that all events of the run have. */
  find(job: RunRef): ActiveRun | undefined {
    return this.#byRef.get(job);
  }

  /** The latest run of a job. */
  findById(id: string): ActiveRun | undefined {
    return this.#byId.get(id);
  }

  /** Removes a run; `undefined` where it has ended before, or never started. */
  end(job: RunRef): ActiveRun | undefined {
    const run = this.#byRef.get(job);
    if (run === undefined) return undefined;
    this.#byRef.delete(job);
    if (this.#byId.get(job.id) === run) this.#byId.delete(job.id);
    return run;
  }

  /** Jobs of the runs that a worker has left unsettled. */
  leftBy(worker: string): readonly RunRef[] {
    return [...this.#byRef.values()].filter((run) => run.worker === worker).map(({ job }) => job);
  }
}

/** Now on a clock that never moves back, in ms. */
export function monotonicMs(): number {
  return performance.now();
}
