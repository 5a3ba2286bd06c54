import type { Figures, Scale, Suite } from "./bench-case.ts";
import { runUndisturbed } from "./run-undisturbed.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** The spread of each figure of each case. */
export type Measured = Readonly<Record<string, Readonly<Record<string, Spread>>>>;

/** How much other machines on the same host disturbed the measurement. */
export interface Disturbance {
  /** How many runs were thrown away. */
  readonly discarded: number;
  /** Share of time that other machines took in the most disturbed run that counts, 0 to 1. */
  readonly worst: number;
}

/** How a suite is measured. */
export interface MeasureOptions {
  readonly runs: number;
  readonly scale: Scale;
  /** Called after each run of a case. */
  onRun(round: number, name: string, figures: Figures): void;
}

/**
 * Measures all cases by turns (A B C, A B C, …), so that other load slows all of them alike. Ratios within one call are
 * then reliable, even where the figures alone are not.
 */
export async function measureSuite(
  suite: Suite,
  { runs, scale, onRun }: MeasureOptions,
): Promise<{ readonly measured: Measured; readonly disturbance: Disturbance }> {
  let disturbance: Disturbance = { discarded: 0, worst: 0 };
  const taken = new Map<string, Figures[]>(suite.cases.map(({ name }) => [name, []]));
  for (let round = 1; round <= runs; round++) {
    for (const one of suite.cases) {
      const { figures, stolen, discarded } = await runUndisturbed(suite.name, one, scale);
      disturbance = {
        discarded: disturbance.discarded + discarded,
        worst: Math.max(disturbance.worst, stolen),
      };
      taken.get(one.name)?.push(figures);
      onRun(round, one.name, figures);
    }
  }
  const measured = Object.fromEntries(
    suite.cases.map(({ name, units }) => [name, spreads(Object.keys(units), taken.get(name) ?? [])]),
  );
  return { measured, disturbance };
}

function spreads(figures: readonly string[], runs: readonly Figures[]): Readonly<Record<string, Spread>> {
  return Object.fromEntries(
    figures.map((figure) => [figure, spreadOf(runs.map((run) => run[figure] ?? Number.NaN))]),
  );
}
