import { AsyncLocalStorage } from "node:async_hooks";
import type { Run } from "./run.ts";

const storage = new AsyncLocalStorage<Run>();

let followers = 0;

/**
 * From now on it can be told which run the current code belongs to, also in timers and callbacks that a handler has left
 * behind; until the result is called. Following costs each promise of the process something, so nobody is followed
 * unasked.
 */
export function followRuns(): () => void {
  followers++;
  return () => {
    if (--followers === 0) storage.disable();
  };
}

/** The run whose code this is; `undefined` for code of no job, and while runs are not followed. */
export function currentRun(): Run | undefined {
  return storage.getStore();
}

/** Calls `call` as code of `run`. */
export function callWithin<Arg>(run: Run, call: (arg: Arg) => unknown, arg: Arg): unknown {
  return followers === 0 ? call(arg) : storage.run(run, call, arg);
}
