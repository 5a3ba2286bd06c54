import type { JobContext } from "./context.ts";

/** Runs the next wrapper, or the handler after the last. */
export type Next = () => Promise<unknown>;

/** Wraps every run; the first in the list is the outermost. It must return the value of `next`, or another one. */
export type Middleware = (job: JobContext, next: Next) => Promise<unknown>;

/**
 * Wraps every run of an app. Subclass it to run jobs inside an application context, a transaction or a tenant:
 * ```ts
 * class TenantExecutor extends TaskExecutor {
 *   override async context(job: JobContext, next: Next) {
 *     const tenant = await open(job.headers.tenant);
 *     try { return await next(); } finally { await tenant.close(); }   // also on throw, timeout and shutdown
 *   }
 * }
 * ```
 * The three hooks only observe: one that throws, rejects or never ends does not change the job's outcome.
 */
export class TaskExecutor {
  /** Wraps the run; its error fails the job like an error of the handler. */
  context(_job: JobContext, next: Next): Promise<unknown> {
    return next();
  }

  /** Called before the handler. */
  onStart(_job: JobContext): unknown {
    return undefined;
  }

  /** Called with the handler's result, before the ack. */
  onSuccess(_job: JobContext, _result: unknown): unknown {
    return undefined;
  }

  /** Called with the thrown value, before the retry or the dead letter is recorded. */
  onFailure(_job: JobContext, _error: unknown): unknown {
    return undefined;
  }
}
