import type { Suite } from "../harness/bench-case.ts";
import type { Judged } from "../harness/judge-marks.ts";
import type { Measured } from "../harness/measure-suite.ts";
import type { Spread } from "../harness/spread.ts";
import { formatNumber } from "./format-number.ts";

/** The figures of a suite as a Markdown table: median, and the least and the most of all runs. */
export function figuresTable({ cases }: Suite, measured: Measured): string {
  const rows = cases.flatMap(({ name, units }) =>
    Object.entries(units).map(([figure, unit]) => {
      const spread = measured[name]?.[figure];
      return spread === undefined ? "" : figureRow([name, figure, unit], spread);
    }),
  );
  return ["| case | figure | median | min – max |", "|---|---|---|---|", ...rows].join("\n");
}

function figureRow([name, figure, unit]: readonly [string, string, string], spread: Spread): string {
  const { median, min, max } = spread;
  const range = `${formatNumber(min)} – ${formatNumber(max)}`;
  return `| ${name} | ${figure} | ${formatNumber(median)} ${unit} | ${range} |`;
}

/** The marks of a suite as a Markdown table. */
export function marksTable(judged: readonly Judged[]): string {
  const rows = judged.map(({ mark, value, isReached }) => {
    const limit = mark.atLeast === undefined ? `≤ ${mark.atMost}` : `≥ ${mark.atLeast}`;
    const verdict = isReached ? "reached" : "**not reached**";
    return `| ${mark.id} | ${mark.title} | ${limit} | ${formatNumber(value)} | ${verdict} |`;
  });
  return ["| mark | what | limit | measured | |", "|---|---|---|---|---|", ...rows].join("\n");
}
