import { setImmediate as turn } from "node:timers/promises";

/** The memory and handles of a process when nothing is in flight. */
export interface Weight {
  /** Bytes of JavaScript's heap after a collection. */
  readonly heapBytes: number;
  /** Timers, sockets, files and other things that keep a process alive. */
  readonly handles: number;
}

/** After one collection the next can free more: weak references, finalizers, ended streams. */
const COLLECTIONS = 4;

/** Measures this process. @throws Error without `--expose-gc`. */
export async function weigh(): Promise<Weight> {
  if (globalThis.gc === undefined) throw new Error("the process has to be started with --expose-gc.");
  for (let pass = 0; pass < COLLECTIONS; pass++) {
    globalThis.gc();
    await turn();
  }
  return { heapBytes: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length };
}
