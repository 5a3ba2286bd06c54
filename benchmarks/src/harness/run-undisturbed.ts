import type { BenchCase, Figures, Scale } from "./bench-case.ts";
import { runInProcess } from "./run-in-process.ts";
import { processorTicks, stolenShare } from "./stolen-time.ts";

/** From this share of the machine's time on, others of its host have slowed a run down too much to count. */
export const DISTURBED = 0.02;

/** So often a disturbed run is made again in a full measurement. */
const TRIES = 4;

/** A run, and how far it can be trusted. */
export interface Run {
  readonly figures: Figures;
  /** Share of the machine's time that went to others of its host, 0 to 1. */
  readonly stolen: number;
  /** How many disturbed runs were thrown away for it. */
  readonly discarded: number;
}

/**
 * Runs a case in a fresh process, and again while the host gives the machine's time to others: the least disturbed run
 * counts. What is looked at is the host's own count, never a figure of the case.
 */
export async function runUndisturbed(suite: string, one: BenchCase, scale: Scale): Promise<Run> {
  const runs: Omit<Run, "discarded">[] = [];
  do {
    const before = processorTicks();
    const figures = await runInProcess(suite, one, scale);
    runs.push({ figures, stolen: stolenShare(before, processorTicks()) });
  } while (scale === "full" && runs.length < TRIES && runs.every(({ stolen }) => stolen > DISTURBED));
  const best = runs.reduce((least, run) => (run.stolen < least.stolen ? run : least));
  return { ...best, discarded: runs.length - 1 };
}
