import type { Figures } from "../../harness/bench-case.ts";

/** What is in here is still in use while memory is measured. */
const kept: unknown[] = [];

/**
 * Heap that stays in use for each of `count` things that `make` makes, and the size of the whole process after.
 * `make` returns what holds them.
 */
export async function memoryUse(count: number, make: () => Promise<unknown>): Promise<Figures> {
  const before = usedBytes();
  kept.push(await make());
  const processMb = process.memoryUsage.rss() / 2 ** 20;
  return { "a job": (usedBytes() - before) / count, process: processMb };
}

function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
