import { existsSync, readFileSync } from "node:fs";

/** The file with Linux's processor counters. Other systems have no such file. */
const COUNTS = "/proc/stat";

/** Counters of all processors since the machine started, in ticks. */
export interface ProcessorTicks {
  readonly all: number;
  /** Time that this machine wanted and another machine of the host got. */
  readonly stolen: number;
}

/** The counters now; all zero where the system has none. */
export function processorTicks(): ProcessorTicks {
  return existsSync(COUNTS) ? readTicks(readFileSync(COUNTS, "utf8")) : { all: 0, stolen: 0 };
}

/**
 * Reads the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal. The first two include
 * guests.
 */
export function readTicks(text: string): ProcessorTicks {
  const [line = ""] = text.split("\n");
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, count) => sum + count, 0), stolen: ticks[7] ?? 0 };
}

/** Share of the time between two readings that other machines of the host took, 0 to 1. */
export function stolenShare(before: ProcessorTicks, after: ProcessorTicks): number {
  const all = after.all - before.all;
  return all > 0 ? (after.stolen - before.stolen) / all : 0;
}
