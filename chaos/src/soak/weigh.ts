import { setImmediate as turn } from "node:timers/promises";

/** What a process holds on to when nothing is under way. */
export interface Weight {
  /** Bytes of JavaScript's heap after a collection. */
  readonly heapBytes: number;
  /** Timers, sockets, files and what else keeps a process alive. */
  readonly handles: number;
}

/** What one collection frees, the next can free more by: weak references, finalizers, ends of streams. */
const COLLECTIONS = 4;

/** Weighs this process. @throws Error without `--expose-gc`. */
export async function weigh(): Promise<Weight> {
  if (globalThis.gc === undefined) throw new Error("the process has to be started with --expose-gc.");
  for (let pass = 0; pass < COLLECTIONS; pass++) {
    globalThis.gc();
    await turn();
  }
  return { heapBytes: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length };
}
