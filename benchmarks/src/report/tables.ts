import type { Unit } from "../harness/bench-case.ts";
import type { MeasuredCase, MeasuredFigure, MeasuredMark } from "./baseline.ts";
import { formatNumber } from "./format-number.ts";

/** A Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** Figures one below the other: median, and the least and the most of all runs. */
export function listTable(cases: readonly MeasuredCase[]): string {
  const rows = cases.flatMap(({ name, figures }) =>
    Object.entries(figures).map(([figure, { unit, median, min, max }]) => [
      name,
      figure,
      `${formatNumber(median)} ${unit}`,
      `${formatNumber(min)} – ${formatNumber(max)}`,
    ]),
  );
  return markdownTable(["case", "figure", "median", "min – max"], rows);
}

/** The marks of a suite. */
export function marksTable(marks: readonly MeasuredMark[]): string {
  const rows = marks.map(({ id, title, atLeast, atMost, value, isReached }) => [
    id,
    title,
    atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`,
    formatNumber(value),
    isReached ? "reached" : "**not reached**",
  ]);
  return markdownTable(["mark", "what", "limit", "measured", ""], rows);
}

/** One figure of one work, by all who were measured. */
export interface PeerRow {
  readonly work: string;
  readonly figure: string;
  readonly unit: Unit;
  /** By the name of the contender. */
  readonly cells: ReadonlyMap<string, MeasuredFigure>;
}

/** Cases with a row, turned into one row a figure. */
export function peerRows(cases: readonly MeasuredCase[]): readonly PeerRow[] {
  const rows = new Map<string, PeerRow & { readonly cells: Map<string, MeasuredFigure> }>();
  for (const { row, figures } of cases) {
    if (row === undefined) continue;
    for (const [figure, measured] of Object.entries(figures)) {
      const key = `${row.work}\n${figure}`;
      const found = rows.get(key) ?? { work: row.work, figure, unit: measured.unit, cells: new Map() };
      found.cells.set(row.by, measured);
      rows.set(key, found);
    }
  }
  return [...rows.values()];
}

/** Ours beside the peers: one column each, the best of a row in bold, and the least and the most run behind the median. */
export function peerTable(cases: readonly MeasuredCase[]): string {
  const columns = [...new Set(cases.flatMap(({ row }) => (row === undefined ? [] : [row.by])))];
  const rows = peerRows(cases).map(({ work, figure, unit, cells }) => {
    const best = bestOf(unit, [...cells.values()]);
    return [work, `${figure}, ${unit}`, ...columns.map((by) => cellOf(cells.get(by), best))];
  });
  return markdownTable(["work", "figure", ...columns], rows);
}

/** Whether more of a unit is better. */
export function isMoreBetter(unit: Unit): boolean {
  return unit === "jobs/s";
}

/** As it is shown: two that look alike are equally good. */
function bestOf(unit: Unit, figures: readonly MeasuredFigure[]): string | undefined {
  if (figures.length < 2) return undefined;
  const medians = figures.map(({ median }) => median);
  return formatNumber(isMoreBetter(unit) ? Math.max(...medians) : Math.min(...medians));
}

function cellOf(figure: MeasuredFigure | undefined, best: string | undefined): string {
  if (figure === undefined) return "";
  const { median, min, max } = figure;
  const number = formatNumber(median);
  const shown = number === best ? `**${number}**` : number;
  return formatNumber(min) === formatNumber(max)
    ? shown
    : `${shown} (${formatNumber(min)} – ${formatNumber(max)})`;
}
