import type { BenchCase, Scale } from "./bench-case.ts";
import { type CaseResult, runInProcess } from "./run-in-process.ts";
import { processorTicks, stolenShare } from "./stolen-time.ts";

/** A run does not count when other machines of the host took this share of the time or more. */
export const DISTURBED = 0.02;

/** How often a full measurement repeats a disturbed run. */
const TRIES = 4;

/** A run, and how much it was disturbed. */
export interface Run extends CaseResult {
  /** Share of the time that other machines of the host took, 0 to 1. */
  readonly stolen: number;
  /** How many disturbed runs were discarded before it. */
  readonly discarded: number;
}

/**
 * Runs a case in a fresh process, and repeats it while other machines of the host disturb it. The least disturbed run
 * counts. It reads only the host's own counters, never a figure of the case: that would prefer fast runs.
 */
export async function runUndisturbed(suite: string, one: BenchCase, scale: Scale): Promise<Run> {
  const runs: Omit<Run, "discarded">[] = [];
  do {
    const before = processorTicks();
    const result = await runInProcess(suite, one, scale);
    runs.push({ ...result, stolen: stolenShare(before, processorTicks()) });
  } while (scale === "full" && runs.length < TRIES && runs.every(({ stolen }) => stolen > DISTURBED));
  const best = runs.reduce((least, run) => (run.stolen < least.stolen ? run : least));
  return { ...best, discarded: runs.length - 1 };
}

/**
 * Runs cases at the same time, each in a fresh process. They only wait, so a disturbed run is not repeated: what they use
 * of a processor is counted, and no clock says how fast they were.
 */
export async function runTogether(
  suite: string,
  cases: readonly BenchCase[],
  scale: Scale,
): Promise<readonly Run[]> {
  const before = processorTicks();
  const results = await Promise.all(cases.map((one) => runInProcess(suite, one, scale)));
  const stolen = stolenShare(before, processorTicks());
  return results.map((result) => ({ ...result, stolen, discarded: 0 }));
}
