import type { Figures } from "../../harness/bench-case.ts";

/** Keeps the measured things reachable while memory is measured. */
const kept: unknown[] = [];

/**
 * Heap in use for each of the `count` things that `make` makes, and the size of the process afterwards. `make` returns
 * a value that keeps them reachable.
 */
export async function memoryUse(count: number, make: () => Promise<unknown>): Promise<Figures> {
  const before = usedBytes();
  kept.push(await make());
  const processMb = process.memoryUsage.rss() / 2 ** 20;
  return { "a job": (usedBytes() - before) / count, process: processMb };
}

/** Heap in use after a garbage collection, in bytes. */
export function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
