import type { Disturbance } from "../harness/measure-suite.ts";
import { DISTURBED } from "../harness/run-undisturbed.ts";
import type { Baseline } from "./baseline.ts";

/** Figures of fewer runs are marked: one odd run would be the median of them. */
const ENOUGH_RUNS = 5;

/** So many versions stand in one sentence. */
const NAMED_AT_ONCE = 6;

/** How a suite was measured, in short sentences: runs, day, machine, versions, and how quiet it was. */
export function describeMeasurement(baseline: Baseline): string {
  const { runs, date, machine, versions, disturbance, isCounted, isWarm } = baseline;
  if (isCounted) return `Counted ${date}. ${machine}.`;
  const named = Object.entries(versions ?? {}).map(([name, version]) => `${name} ${version}`);
  return [
    `Medians of ${runs} runs in turns, each in a process of its own${date === undefined ? "" : `, ${date}`}.`,
    ...(isWarm ? ["Each did at least as many jobs before."] : []),
    `${machine}.`,
    ...inParts(named).map((part, index) => `${index === 0 ? "With" : "And"} ${part.join(", ")}.`),
    ...(disturbance === undefined ? [] : [describeDisturbance(disturbance)]),
    ...(isPreliminary({ runs }) ? ["**Preliminary**: fewer than five runs."] : []),
  ].join(" ");
}

function inParts(named: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(named.length / NAMED_AT_ONCE) }, (_, part) =>
    named.slice(part * NAMED_AT_ONCE, (part + 1) * NAMED_AT_ONCE),
  );
}

/** Whether a suite has too few runs. */
export function isPreliminary({ runs }: Pick<Baseline, "runs">): boolean {
  return runs < ENOUGH_RUNS;
}

/** One sentence about how much the machine's host disturbed the measurement. */
function describeDisturbance({ discarded, worst }: Disturbance): string {
  const limit = percent(DISTURBED);
  const kept = `in those that count it was at most ${percent(worst)}`;
  return `Runs made again because the host gave over ${limit} of the machine's time to others: ${discarded}; ${kept}.`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
