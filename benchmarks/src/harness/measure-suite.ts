import type { BenchCase, Figures, Scale, Suite } from "./bench-case.ts";
import { type Run, runTogether, runUndisturbed } from "./run-undisturbed.ts";
import { type Spread, spreadOf } from "./spread.ts";
import type { Versions } from "./versions.ts";

/** The spread of each figure of each case. */
export type Measured = Readonly<Record<string, Readonly<Record<string, Spread>>>>;

/** How much other machines on the same host disturbed the measurement. */
export interface Disturbance {
  /** How many runs were thrown away. */
  readonly discarded: number;
  /** Share of time that other machines took in the most disturbed run that counts, 0 to 1. */
  readonly worst: number;
}

/** What a measurement of a suite found. */
export interface SuiteResult {
  readonly measured: Measured;
  readonly disturbance: Disturbance;
  /** Of the peers and servers that took part. */
  readonly versions: Versions;
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
export async function measureSuite(suite: Suite, options: MeasureOptions): Promise<SuiteResult> {
  let disturbance: Disturbance = { discarded: 0, worst: 0 };
  let versions: Versions = {};
  const taken = new Map<string, Figures[]>(suite.cases.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.runs; round++) {
    for await (const [{ name }, { figures, stolen, discarded, ...run }] of roundOf(suite, options.scale)) {
      disturbance = {
        discarded: disturbance.discarded + discarded,
        worst: Math.max(disturbance.worst, stolen),
      };
      versions = { ...versions, ...run.versions };
      taken.get(name)?.push(figures);
      options.onRun(round, name, figures);
    }
  }
  const measured = Object.fromEntries(
    suite.cases.map(({ name, units }) => [name, spreads(Object.keys(units), taken.get(name) ?? [])]),
  );
  return { measured, disturbance, versions };
}

/** Each case once: one after the other, or all at the same time where they only wait. */
async function* roundOf(
  { name, cases, isTogether, isCounted }: Suite,
  scale: Scale,
): AsyncGenerator<readonly [BenchCase, Run]> {
  if (isTogether) {
    const runs = await runTogether(name, cases, scale);
    yield* runs.map((run, index) => [cases[index] as BenchCase, run] as const);
    return;
  }
  // A disturbed machine does not change counts, so nothing is repeated.
  for (const one of cases) yield [one, await runUndisturbed(name, one, isCounted ? "quick" : scale)];
}

function spreads(figures: readonly string[], runs: readonly Figures[]): Readonly<Record<string, Spread>> {
  return Object.fromEntries(
    figures.map((figure) => [figure, spreadOf(runs.map((run) => run[figure] ?? Number.NaN))]),
  );
}
