import { AsyncLocalStorage } from "node:async_hooks";
import type { JobContext } from "../job/context.ts";
import { type Middleware, type Next, TaskExecutor } from "../job/executor.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Run } from "./run.ts";

/** Which run the current code belongs to, also in timers and callbacks it has left behind: how the guilty job is found. */
export const currentRun = new AsyncLocalStorage<Run>();

/** Runs a handler inside everything that wraps it. */
export interface Execution {
  /** Calls the handler through executor and middleware; gives and throws what it gives and throws. */
  run(ctx: JobContext, run: Run, handler: () => unknown): unknown;
  started(ctx: JobContext): void;
  succeeded(ctx: JobContext, value: unknown): void;
  failed(ctx: JobContext, error: unknown): void;
}

/** Composes an executor and middleware once, for all runs of a worker. */
export function createExecution(
  executor: TaskExecutor,
  around: readonly Middleware[],
  logger: Logger,
): Execution {
  const wrappers: Middleware[] = [...around];
  if (executor.context !== TaskExecutor.prototype.context) {
    wrappers.unshift((ctx, next) => executor.context(ctx, next));
  }
  const hook = (name: "onStart" | "onSuccess" | "onFailure") => {
    const isDefault = executor[name] === TaskExecutor.prototype[name];
    return (ctx: JobContext, value?: unknown) => {
      if (!isDefault) callHook(() => executor[name](ctx, value), name, logger);
    };
  };
  const isPlain = wrappers.length === 0;
  return {
    run: (ctx, run, handler) =>
      isPlain
        ? currentRun.run(run, handler)
        : currentRun.run(run, runWrapped, wrappers, { ctx, run, handler }),
    started: hook("onStart"),
    succeeded: hook("onSuccess"),
    failed: hook("onFailure"),
  };
}

interface WrappedCall {
  readonly ctx: JobContext;
  readonly run: Run;
  readonly handler: () => unknown;
}

function runWrapped(wrappers: readonly Middleware[], call: WrappedCall): Promise<unknown> {
  const innermost: Next = () => untilAbandoned(call);
  return wrappers.reduceRight<Next>((next, wrapper) => () => wrapper(call.ctx, next), innermost)();
}

/**
 * The handler, or a rejection once nobody waits for it any more: so that the `finally` of a wrapper runs even around a
 * handler that never returns.
 */
function untilAbandoned({ run, handler }: WrappedCall): Promise<unknown> {
  return new Promise((resolve, reject) => {
    run.onAbandon = () => reject(run.interruption?.error);
    Promise.resolve().then(handler).then(resolve, reject);
  });
}

/** Hooks look on: nothing they do may change or delay the outcome. */
function callHook(hook: () => unknown, name: string, logger: Logger): void {
  const complain = (error: unknown) =>
    logger.warn({ err: error, hook: name }, "an executor hook failed; the job goes on");
  try {
    const returned = hook();
    if (returned instanceof Promise) returned.catch(complain);
  } catch (error) {
    complain(error);
  }
}
