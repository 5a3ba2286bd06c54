import { ABOUT_LINE, aboutLines, CHART_STYLE, svgText } from "./svg-text.ts";

/** One bar of a chart: how many times as good as a peer something is. */
export interface Bar {
  readonly label: string;
  readonly peer: string;
  /** 1 is as good as the peer, 2 twice as good. Above 0. */
  readonly times: number;
}

const WIDTH = 760;
const ROW = 24;
const TOP = 58;
const BOTTOM = 16;
/** Where the axis begins and ends; left of it stand the labels, right of it the peers. */
const AXIS = { from: 165, to: 490 } as const;

/**
 * A chart as an SVG image. The axis is logarithmic: twice as good and half as good are equally far from 1×, so that no
 * bar looks longer than it is.
 * @param about Where it was measured; lines below the axis.
 */
export function chart(title: string, bars: readonly Bar[], about: readonly string[]): string {
  const axis = axisOf(bars);
  const bottom = TOP + bars.length * ROW;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + BOTTOM + about.length * ABOUT_LINE}" role="img" aria-labelledby="title">`,
    `  <title id="title">${svgText(title)}</title>`,
    `  <style>${CHART_STYLE}\n  </style>`,
    `  <text class="title" x="10" y="22">${svgText(title)}</text>`,
    ...axis.marks.flatMap((mark) => markLines(mark, axis.xOf(mark), bottom)),
    ...bars.flatMap((bar, row) => barLines(bar, TOP + row * ROW, axis.xOf)),
    ...aboutLines(about, bottom + 22),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

interface Axis {
  /** Powers of two that get a line. */
  readonly marks: readonly number[];
  readonly xOf: (times: number) => number;
}

function axisOf(bars: readonly Bar[]): Axis {
  const powers = bars.map(({ times }) => Math.log2(times));
  const first = Math.floor(Math.min(-1, ...powers));
  const last = Math.ceil(Math.max(1, ...powers));
  const step = (AXIS.to - AXIS.from) / (last - first);
  return {
    marks: Array.from({ length: last - first + 1 }, (_, index) => 2 ** (first + index)),
    xOf: (times) => round(AXIS.from + (Math.log2(times) - first) * step),
  };
}

function markLines(mark: number, x: number, bottom: number): string[] {
  const label = mark >= 1 ? `${mark}×` : `1/${1 / mark}×`;
  return [
    `  <line class="${mark === 1 ? "peer" : "mark"}" x1="${x}" y1="${TOP - 8}" x2="${x}" y2="${bottom}"/>`,
    `  <text class="quiet" text-anchor="middle" x="${x}" y="${TOP - 14}">${label}</text>`,
  ];
}

function barLines({ label, peer, times }: Bar, y: number, xOf: Axis["xOf"]): string[] {
  const [one, end] = [xOf(1), xOf(times)];
  const middle = y + ROW / 2 + 1;
  return [
    `  <text text-anchor="end" x="${AXIS.from - 12}" y="${middle}">${svgText(label)}</text>`,
    `  <rect class="${times >= 1 ? "ahead" : "behind"}" x="${Math.min(one, end)}" y="${y}" width="${round(Math.max(1, Math.abs(end - one)))}" height="${ROW - 8}" rx="2"/>`,
    `  <text x="${AXIS.to + 12}" y="${middle}">${times.toPrecision(3)}× ${svgText(peer)}</text>`,
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
