import type { Figures, Scale, Suite } from "./bench-case.ts";
import { runInProcess } from "./run-in-process.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** The spread of each figure of each case. */
export type Measured = Readonly<Record<string, Readonly<Record<string, Spread>>>>;

/** How a suite is measured. */
export interface MeasureOptions {
  readonly runs: number;
  readonly scale: Scale;
  /** Called after each run of a case. */
  onRun(round: number, name: string, figures: Figures): void;
}

/**
 * Measures all cases in turns (A B C, A B C, …), so that whatever else the machine does falls on all of them alike:
 * ratios within one call mean something even where the figures themselves do not.
 */
export async function measureSuite(suite: Suite, { runs, scale, onRun }: MeasureOptions): Promise<Measured> {
  const taken = new Map<string, Figures[]>(suite.cases.map(({ name }) => [name, []]));
  for (let round = 1; round <= runs; round++) {
    for (const one of suite.cases) {
      const figures = await runInProcess(suite.name, one, scale);
      taken.get(one.name)?.push(figures);
      onRun(round, one.name, figures);
    }
  }
  return Object.fromEntries(
    suite.cases.map(({ name, units }) => [name, spreads(Object.keys(units), taken.get(name) ?? [])]),
  );
}

function spreads(figures: readonly string[], runs: readonly Figures[]): Readonly<Record<string, Spread>> {
  return Object.fromEntries(
    figures.map((figure) => [figure, spreadOf(runs.map((run) => run[figure] ?? Number.NaN))]),
  );
}
