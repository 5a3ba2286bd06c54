import { existsSync, readFileSync } from "node:fs";

/** Where Linux counts what its processors do. Other systems do not say. */
const COUNTS = "/proc/stat";

/** What all processors have done since the machine started, in ticks. */
export interface ProcessorTicks {
  readonly all: number;
  /** Wanted here, and given to another machine of the same host. */
  readonly stolen: number;
}

/** The counts as of now; all zero where the system does not say. */
export function processorTicks(): ProcessorTicks {
  return existsSync(COUNTS) ? readTicks(readFileSync(COUNTS, "utf8")) : { all: 0, stolen: 0 };
}

/** Reads the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guests are counted in the first two. */
export function readTicks(text: string): ProcessorTicks {
  const [line = ""] = text.split("\n");
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, count) => sum + count, 0), stolen: ticks[7] ?? 0 };
}

/** Which part of the machine's time between two looks went to others of its host, 0 to 1. */
export function stolenShare(before: ProcessorTicks, after: ProcessorTicks): number {
  const all = after.all - before.all;
  return all > 0 ? (after.stolen - before.stolen) / all : 0;
}
