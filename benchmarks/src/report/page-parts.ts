import { type BaselineOf, medianOf } from "./baseline.ts";
import { brokerChart } from "./broker-chart.ts";
import { DECIDED_FIGURES, decide } from "./decide.ts";
import { COMPARED_FIGURES, overview, overviewChart } from "./overview.ts";
import { peers } from "./peers.ts";
import {
  BROKER_PARTS,
  brokerSection,
  casesOf,
  SHARED_SUITES,
  sharedSection,
  suiteSection,
} from "./sections.ts";

/** Suites whose figures stand in no table of a broker. */
const OTHER_SUITES = ["budget", "signature", "drivers", "observers", "dashboard", "waiting", "cli"] as const;

/** All generated parts of docs/benchmarks.md by name, made from the baselines alone. */
export function pageParts(baselineOf: BaselineOf): Readonly<Record<string, string>> {
  return {
    decide: decide(baselineOf),
    overview: overview(baselineOf),
    peers: peers(baselineOf),
    ...Object.fromEntries([
      ...SHARED_SUITES.map((suite) => [suite, sharedSection(baselineOf(suite))]),
      ...BROKER_PARTS.map((part) => [part.suite, brokerSection(part, baselineOf)]),
      ...OTHER_SUITES.map((suite) => [suite, suiteSection(baselineOf(suite))]),
    ]),
  };
}

/** All images of the page by the name of their file in docs/images. */
export function pageImages(baselineOf: BaselineOf): Readonly<Record<string, string>> {
  return {
    "benchmarks.svg": overviewChart(baselineOf),
    ...Object.fromEntries(
      BROKER_PARTS.map((part) => [
        `benchmarks-${part.suite}.svg`,
        brokerChart(part.title, casesOf(part, baselineOf), machinesOf(part.suite, baselineOf)),
      ]),
    ),
  };
}

/** @throws Error naming figures that the page shows out of a suite that does not have them: a case was renamed. */
export function assertShown(suite: string, baselineOf: BaselineOf): void {
  const missing = [...DECIDED_FIGURES, ...COMPARED_FIGURES].filter(
    ([from, name, figure]) => from === suite && medianOf(baselineOf(suite), name, figure) === undefined,
  );
  if (missing.length === 0) return;
  const names = missing.map(([, name, figure]) => `"${figure}" of "${name}"`);
  throw new Error(`docs/benchmarks.md shows ${names.join(", ")}, but the suite ${suite} did not measure it.`);
}

function machinesOf(suite: string, baselineOf: BaselineOf): readonly string[] {
  const machines = [suite, ...SHARED_SUITES].flatMap((name) => baselineOf(name)?.machine ?? []);
  return [...new Set(machines)];
}
