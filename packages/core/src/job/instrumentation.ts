import type { JobContext } from "./context.ts";
import type { EnqueuedJob, EnqueueResult } from "./enqueue.ts";
import type { Observer, RunRef } from "./lifecycle.ts";

/**
 * Sets up the hooks of one app, such as for traces. It is called once, when the app opens: by then its broker is known.
 */
export type Instrumentation = (app: InstrumentedApp) => InstrumentationHooks;

/** The app that an {@link Instrumentation} is set up for. */
export interface InstrumentedApp {
  /** Kind of the broker. */
  readonly broker: string;
  /** Prefix of every queue name on the broker; may be empty. */
  readonly queuePrefix: string;
}

/**
 * Calls around the sends, runs and log lines of an app. Each that is left out costs nothing. Unlike an observer, a hook
 * can change what happens: a send or a run fails with what its hook throws. Sends of events to a monitor have no hooks.
 */
export interface InstrumentationHooks {
  /**
   * Wraps the send of one job that has passed its checks. It passes headers to `next`, which the job gets besides its
   * own, and must return what `next` returns.
   */
  readonly send?: (job: JobToSend, next: SendNext) => Promise<EnqueuedJob>;
  /** Wraps a call of `enqueueMany`. It must return what `next` returns. */
  readonly sendMany?: (bulk: Bulk, next: SendManyNext) => Promise<readonly EnqueueResult[]>;
  /**
   * Calls the executor, the middleware and the handler of a run, such as in a context of its own. It must return at once
   * what `next` returns, which may be a promise.
   */
  readonly run?: (run: RunRef, job: JobContext, next: () => unknown) => unknown;
  /** Observes all events. A run has the same `job` object in all of them, from `job.started` to its end. */
  readonly observe?: Observer;
  /** Fields for a line of `ctx.log`. They win over the handler's own. If it throws, the line has none. */
  readonly logFields?: (run: RunRef) => Readonly<Record<string, unknown>> | undefined;
}

/** Sends the job with further headers; those of the same name win over its own. */
export type SendNext = (headers: Readonly<Record<string, string>>) => Promise<EnqueuedJob>;

/** Sends all jobs of a call of `enqueueMany`. */
export type SendManyNext = () => Promise<readonly EnqueueResult[]>;

/** A call of `enqueueMany`; the same object for each of its jobs. */
export interface Bulk {
  /** The number of its items, the refused ones included. */
  readonly size: number;
}

/** A job that is about to be sent, without its parameters. */
export interface JobToSend {
  readonly task: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** The chosen id; `undefined` where the send makes one. */
  readonly id: string | undefined;
  /** Headers that the program has passed. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that it inherits from the job that sends it. Its own of the same name win. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Id of the job that sends it, if any: by `ctx.enqueue`, or as the job before it in a flow. */
  readonly parent: string | undefined;
  /** The call of `enqueueMany` that it belongs to, if any. */
  readonly bulk: Bulk | undefined;
}
