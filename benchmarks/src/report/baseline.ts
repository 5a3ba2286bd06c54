import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row, Suite, Unit } from "../harness/bench-case.ts";
import type { Judged } from "../harness/judge-marks.ts";
import type { Disturbance, SuiteResult } from "../harness/measure-suite.ts";
import type { Spread } from "../harness/spread.ts";
import type { Versions } from "../harness/versions.ts";

/** The last full measurement of a suite, kept in the repository and reviewed like code. The page is made from it alone. */
export interface Baseline {
  readonly machine: string;
  readonly runs: number;
  /** Whether all figures are counts, so that one run is enough. */
  readonly isCounted?: true;
  /** Whether each run did at least as many jobs before as it measured. */
  readonly isWarm?: true;
  /** The day of the measurement. `undefined` in old ones. */
  readonly date?: string;
  /** `undefined` in old ones. */
  readonly disturbance?: Disturbance;
  /** Of peers and servers. `undefined` in old ones. */
  readonly versions?: Versions;
  readonly marks: readonly MeasuredMark[];
  readonly cases: readonly MeasuredCase[];
}

/** A mark, its limit, and what was measured. */
export interface MeasuredMark {
  readonly id: string;
  readonly title: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly value: number;
  readonly isReached: boolean;
}

/** A case, its row in the table of a broker, and its figures by name. */
export interface MeasuredCase {
  readonly name: string;
  readonly row?: Row;
  readonly figures: Readonly<Record<string, MeasuredFigure>>;
}

/** All runs of a figure. */
export interface MeasuredFigure extends Spread {
  readonly unit: Unit;
}

/** Reads the last full run of a suite; `undefined` when there is none. */
export type BaselineOf = (suite: string) => Baseline | undefined;

/** Where a figure stands: its suite, its case and its name. */
export type Source = readonly [suite: string, name: string, figure: string];

/** The baseline of a measurement. */
export function toBaseline(
  suite: Suite,
  { measured, disturbance, versions }: SuiteResult,
  judged: readonly Judged[],
  about: Pick<Baseline, "machine" | "runs"> & { readonly date: string },
): Baseline {
  return {
    ...about,
    ...(suite.isCounted && { isCounted: true }),
    ...(suite.isWarm && { isWarm: true }),
    disturbance,
    versions,
    marks: judged.map(({ mark: { id, title, atLeast, atMost }, value, isReached }) => ({
      id,
      title,
      ...(atLeast === undefined ? {} : { atLeast }),
      ...(atMost === undefined ? {} : { atMost }),
      value,
      isReached,
    })),
    cases: suite.cases.map(({ name, row, units }) => ({
      name,
      ...(row === undefined ? {} : { row }),
      figures: Object.fromEntries(
        Object.entries(units).flatMap(([figure, unit]) => {
          const spread = measured[name]?.[figure];
          return spread === undefined ? [] : [[figure, { unit, ...spread }]];
        }),
      ),
    })),
  };
}

/** Replaces the last measurement with this one. */
export function writeBaseline(suite: string, baseline: Baseline): void {
  const path = pathOf(suite);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(baseline, rounded, 2)}\n`);
}

/** The last full run of a suite; `undefined` when it has none. */
export function readBaseline(suite: string): Baseline | undefined {
  const path = pathOf(suite);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Baseline) : undefined;
}

/** The median of a figure; `undefined` when it was not measured. */
export function medianOf(baseline: Baseline | undefined, name: string, figure: string): number | undefined {
  return baseline?.cases.find((one) => one.name === name)?.figures[figure]?.median;
}

/** More digits would change in every diff and mean nothing. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}

function pathOf(suite: string): string {
  return fileURLToPath(new URL(`../../baseline/${suite}.json`, import.meta.url));
}
