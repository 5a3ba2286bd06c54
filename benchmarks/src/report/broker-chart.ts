import type { MeasuredCase } from "./baseline.ts";
import { formatNumber } from "./format-number.ts";
import { ABOUT_LINE, aboutLines, CHART_STYLE, svgText } from "./svg-text.ts";
import { isMoreBetter, type PeerRow, peerRows } from "./tables.ts";

/** The figures that a reader decides by. Percentiles and processor times stand in the table alone. */
const CHARTED = new Set([
  "enqueue",
  "consume",
  "enqueue + consume",
  "end to end",
  "start p50",
  "send p50",
  "first job",
  "a job",
  "a waiting job",
  "a million jobs",
  "CPU",
]);

const WIDTH = 760;
const COLUMNS = 2;
const COLUMN = (WIDTH - 20) / COLUMNS;
const TOP = 42;
const HEAD = 24;
const BAR = 18;
const GAP = 16;
/** Where bars begin in a column, and how long the longest is. Left of it stand the names, right of it the figures. */
const BARS = { from: 166, length: 130 } as const;
/** About as many letters as fit left of the bars. */
const NAME_LENGTH = 25;

/**
 * Ours beside its peers: a small diagram for each work, with one bar for each contender. Bars of one diagram have one scale,
 * which begins at zero; two diagrams do not compare.
 * @param about Where it was measured; lines below.
 */
export function brokerChart(title: string, cases: readonly MeasuredCase[], about: readonly string[]): string {
  const rows = peerRows(cases).filter(({ figure, cells }) => CHARTED.has(figure) && cells.size > 1);
  const columns = intoColumns(rows);
  const bottom = Math.max(TOP, ...columns.map((column) => TOP + heightOf(column)));
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 12 + about.length * ABOUT_LINE}" role="img" aria-labelledby="title">`,
    `  <title id="title">${svgText(title)}: jobs beside its peers</title>`,
    `  <style>${CHART_STYLE}\n  </style>`,
    `  <text class="title" x="10" y="22">${svgText(title)}: jobs beside its peers</text>`,
    ...columns.flatMap((column, index) => columnLines(column, 10 + index * COLUMN)),
    ...aboutLines(about, bottom + 18),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

/** Two columns of about the same height, in the order of the table: down the first, then down the second. */
function intoColumns(rows: readonly PeerRow[]): readonly (readonly PeerRow[])[] {
  const half = heightOf(rows) / COLUMNS;
  const split = rows.findIndex((_, index) => heightOf(rows.slice(0, index + 1)) >= half);
  return split < 0 ? [rows] : [rows.slice(0, split + 1), rows.slice(split + 1)];
}

function heightOf(rows: readonly PeerRow[]): number {
  return rows.reduce((sum, { cells }) => sum + HEAD + cells.size * BAR + GAP, 0);
}

function columnLines(rows: readonly PeerRow[], x: number): readonly string[] {
  let y = TOP;
  return rows.flatMap((row) => {
    const lines = diagramLines(row, x, y);
    y += heightOf([row]);
    return lines;
  });
}

function diagramLines({ work, figure, unit, cells }: PeerRow, x: number, y: number): readonly string[] {
  const most = Math.max(...[...cells.values()].map(({ median }) => median));
  const what = work.includes(figure) ? work : `${work}: ${figure}`;
  const head = `${what}, ${unit}${isMoreBetter(unit) ? "" : ", less is better"}`;
  const bars = [...cells].flatMap(([by, { median }], index) => {
    const top = y + HEAD + index * BAR;
    const width = Math.max(1, Math.round((median / most) * BARS.length * 10) / 10);
    const kind = by.startsWith("jobs") ? "ours" : "theirs";
    return [
      `  <text text-anchor="end" x="${x + BARS.from - 8}" y="${top + 11}">${svgText(shortened(by))}</text>`,
      `  <rect class="${kind}" x="${x + BARS.from}" y="${top}" width="${width}" height="${BAR - 4}" rx="2"/>`,
      `  <text x="${x + BARS.from + width + 6}" y="${top + 11}">${formatNumber(median)}</text>`,
    ];
  });
  return [`  <text class="head" x="${x}" y="${y + 14}">${svgText(head)}</text>`, ...bars];
}

function shortened(name: string): string {
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
}
