import { AsyncLocalStorage } from "node:async_hooks";
import type { JobContext } from "../../job/context.ts";
import { type Middleware, type Next, TaskExecutor } from "../../job/executor.ts";
import type { InstrumentationHooks } from "../../job/instrumentation.ts";
import { callListener } from "../../runtime/call-listener.ts";
import type { Cancel, Clock } from "../../runtime/clock.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Run } from "./run.ts";

/** A handler that is to be called for a run. */
export interface HandlerCall {
  readonly ctx: JobContext;
  readonly run: Run;
  /** Calls the handler; returns its value or throws its error. */
  handle(): unknown;
}

/** Runs a handler inside all its wrappers. */
export interface Execution {
  /** Calls the handler through executor and middleware; returns their value or throws their error. */
  run(call: HandlerCall): unknown;
  started(ctx: JobContext): void;
  succeeded(ctx: JobContext, value: unknown): void;
  failed(ctx: JobContext, error: unknown): void;
}

/** Everything around the handlers of a worker. */
export interface ExecutionParts {
  readonly executor: TaskExecutor;
  readonly around: readonly Middleware[];
  /** Outside of both, if any. */
  readonly hook: InstrumentationHooks["run"];
}

/** Composes an executor and middleware once, for all runs of a worker. */
export function createExecution(
  { executor, around, hook: instrument }: ExecutionParts,
  runtime: Pick<Runtime, "report" | "limited">,
): Execution {
  const wrappers: Middleware[] = [...around];
  if (executor.context !== TaskExecutor.prototype.context) {
    wrappers.unshift((ctx, next) => executor.context(ctx, next));
  }
  const hook = (name: "onStart" | "onSuccess" | "onFailure") => {
    const isDefault = executor[name] === TaskExecutor.prototype[name];
    return (ctx: JobContext, value?: unknown) => {
      if (!isDefault) callHook(() => executor[name](ctx, value), name, runtime);
    };
  };
  const wrapped =
    wrappers.length === 0
      ? (call: HandlerCall) => call.handle()
      : (call: HandlerCall) => runWrapped(wrappers, call);
  const whole =
    instrument === undefined
      ? wrapped
      : (call: HandlerCall) => instrument(call.run.ref, call.ctx, () => wrapped(call));
  return {
    run: (call) => callWithin(call.run, whole, call),
    started: hook("onStart"),
    succeeded: hook("onSuccess"),
    failed: hook("onFailure"),
  };
}

function runWrapped(wrappers: readonly Middleware[], call: HandlerCall): Promise<unknown> {
  const innermost: Next = () => untilAbandoned(call);
  return wrappers.reduceRight<Next>((next, wrapper) => () => wrapper(call.ctx, next), innermost)();
}

/**
 * The handler, or a rejection when it is abandoned. So the `finally` of a wrapper runs even if the handler never
 * returns.
 */
function untilAbandoned(call: HandlerCall): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call.run.whenAbandoned(() => reject(call.run.interruption?.error));
    Promise.resolve()
      .then(() => call.handle())
      .then(resolve, reject);
  });
}

/** Hooks must neither change nor delay the outcome. */
function callHook(
  hook: () => unknown,
  name: string,
  { report, limited }: Pick<Runtime, "report" | "limited">,
): void {
  const complain = (err: unknown) =>
    report({ source: "hook", err, hook: name }, "an executor hook failed; the job goes on", limited.warn);
  callListener(hook, complain);
}

const storage = new AsyncLocalStorage<Run>();

let followers = 0;

/**
 * Starts tracking which run the current code belongs to, also in timers and callbacks of a handler. Call the result to
 * stop. Tracking costs time for each promise of the process, so it is off by default.
 */
export function followRuns(): () => void {
  followers++;
  return () => {
    if (--followers === 0) storage.disable();
  };
}

/** The run of the current code; `undefined` outside of a job, and without tracking. */
export function currentRun(): Run | undefined {
  return storage.getStore();
}

/** Calls `call` as code of `run`. */
export function callWithin<Arg>(run: Run, call: (arg: Arg) => unknown, arg: Arg): unknown {
  return followers === 0 ? call(arg) : storage.run(run, call, arg);
}

/** Ends runs of a worker whose time is over, with one timer: a timer for each would cost more than most jobs. */
export interface Timeouts {
  /** Adds a run whose time ends at `timeoutAt`, monotonic. */
  arm(timeoutAt: number): void;
  stop(): void;
}

/** Creates {@link Timeouts} for the runs in flight. Runs that end in time do not change the timer. */
export function createTimeouts(clock: Clock, runs: () => Iterable<Run>): Timeouts {
  let armedFor = Number.POSITIVE_INFINITY;
  let cancel: Cancel | undefined;

  function arm(timeoutAt: number): void {
    if (timeoutAt >= armedFor) return;
    cancel?.();
    armedFor = timeoutAt;
    cancel = clock.schedule(Math.max(0, timeoutAt - clock.monotonic()), fire);
  }

  function fire(): void {
    armedFor = Number.POSITIVE_INFINITY;
    const now = clock.monotonic();
    for (const run of [...runs()]) {
      if (run.timeoutAt > now) arm(run.timeoutAt);
      else run.timeOut();
    }
  }

  return { arm, stop: () => cancel?.() };
}
