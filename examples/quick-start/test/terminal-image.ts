import { svgText } from "../../../benchmarks/src/report/svg-text.ts";

/** A part of a line in one style. */
interface Span {
  readonly text: string;
  readonly classes: readonly string[];
}

/** The codes of SGR that the command uses, by the class that shows each; the others end a style. */
const STYLES: Readonly<Record<number, string>> = {
  1: "bold",
  2: "dim",
  31: "red",
  32: "green",
  33: "yellow",
  34: "blue",
};

const SGR = new RegExp(`${String.fromCharCode(27)}\\[(\\d*)m`);
const LINE_HEIGHT = 19;
const CHARACTER = 8.43;
const MARGIN = 18;

const STYLE = `
    text { font: 14px ui-monospace, Menlo, Consolas, monospace; fill: #d4d4d4 }
    .prompt { fill: #7ee787 } .bold { font-weight: 600; fill: #fff } .dim { fill: #8b949e }
    .red { fill: #ff7b72 } .green { fill: #7ee787 } .yellow { fill: #e3b341 } .blue { fill: #79c0ff }`;

/**
 * A terminal as an SVG image.
 * @param lines What it shows, with the control sequences for colours. A line that begins with `$ ` was typed.
 * @param columns Longer lines go on in the next.
 */
export function terminalImage(title: string, lines: readonly string[], columns: number): string {
  const rows = lines.flatMap((line) => wrapped(spansOf(line), columns));
  const width = Math.round(columns * CHARACTER + 2 * MARGIN);
  const height = rows.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = rows.map((row, index) => {
    const y = MARGIN + (index + 0.75) * LINE_HEIGHT;
    return `  <text xml:space="preserve" x="${MARGIN}" y="${y}">${row.map(tspan).join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
  <title id="title">${svgText(title)}</title>
  <style>${STYLE}
  </style>
  <rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${texts.join("\n")}
</svg>
`;
}

function spansOf(line: string): readonly Span[] {
  if (line.startsWith("$ "))
    return [
      { text: "$ ", classes: ["prompt"] },
      { text: line.slice(2), classes: ["bold"] },
    ];
  const spans: Span[] = [];
  let classes: readonly string[] = [];
  // The codes stand at odd positions between the texts.
  for (const [index, part] of line.split(SGR).entries()) {
    if (index % 2 === 0 && part !== "") spans.push({ text: part, classes });
    const style = STYLES[Number(part)];
    if (index % 2 === 1) classes = style === undefined ? [] : [...classes, style];
  }
  return spans;
}

function wrapped(spans: readonly Span[], columns: number): readonly (readonly Span[])[] {
  const rows: Span[][] = [[]];
  let free = columns;
  for (const { text, classes } of spans) {
    let rest = text;
    while (rest.length > free) {
      rows.at(-1)?.push({ text: rest.slice(0, free), classes });
      rest = rest.slice(free);
      rows.push([]);
      free = columns;
    }
    rows.at(-1)?.push({ text: rest, classes });
    free -= rest.length;
  }
  return rows;
}

function tspan({ text, classes }: Span): string {
  return `<tspan class="${classes.join(" ")}">${svgText(text)}</tspan>`;
}
