import { stripVTControlCharacters, styleText } from "node:util";
import { printable, printableJson } from "../output/printable.ts";

/** The levels of a line, from least to most important. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

/** How important a line is. */
export type Level = (typeof LEVELS)[number];

/** How lines look. */
export interface LineStyle {
  readonly isColoured: boolean;
  /** Whether frames of libraries and of Node are shown too. */
  readonly isVerbose: boolean;
}

/** How a run has ended, as its line says it. Fields are those of a {@link LogLine}. */
export interface RunEnd {
  readonly level: Level;
  readonly outcome: Outcome;
  readonly task: string;
  readonly id: string;
  /** Of the handler; absent where none has run, or where another line has said it. */
  readonly durationMs?: number | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The outcomes of a run. */
type Outcome = "succeeded" | "failed" | "dead" | "held" | "snoozed" | "released" | "cancelled";

/** What a line says. Texts have been masked and shortened. */
export interface LogLine {
  readonly level: Level;
  /** Epoch ms. */
  readonly at: number;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An error as a field of a line. */
interface ShownError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
}

type Style = "dim" | "bold" | "red" | "yellow" | "green" | "blue";

const LEVEL_STYLES: Readonly<Record<Level, Style>> = {
  debug: "blue",
  info: "green",
  warn: "yellow",
  error: "red",
};

/** A frame of Node or of an installed package: seldom where the mistake is. */
const FOREIGN = /\bnode:|[\\/]node_modules[\\/]/;

const FRAME = /^\s*at /;

/** Columns of the second word of a line: the level, or the outcome of a run. */
const SECOND_COLUMNS = "succeeded".length;

/**
 * A line for people: time, level, text, then fields as `name=value`. Errors follow, a line for each frame of the
 * application. Control characters of data are escaped.
 */
export function terminalLine({ level, at, message, fields }: LogLine, style: LineStyle): string {
  const head = [
    paint(style, LEVEL_STYLES[level], level.toUpperCase()),
    paint(style, "bold", printable(message)),
  ];
  return written(at, head, fields, style);
}

/** The line of a run that has ended: time, outcome, task, id, how long it took, then fields and errors as above. */
export function runLine(end: RunEnd, at: number, style: LineStyle): string {
  const { level, outcome, task, id, durationMs, fields } = end;
  const head = [
    paint(style, LEVEL_STYLES[level], outcome),
    paint(style, "bold", printable(task)),
    printable(id),
    ...(durationMs === undefined ? [] : [`${Math.round(durationMs)} ms`]),
  ];
  return written(at, head, fields, style);
}

function written(
  at: number,
  [second = "", ...words]: readonly string[],
  fields: Readonly<Record<string, unknown>>,
  style: LineStyle,
): string {
  const plain: string[] = [];
  const errors: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (isError(value)) errors.push(...errorLines(name, value, style));
    else if (value !== undefined)
      plain.push(`${paint(style, "dim", `${printable(name)}=`)}${fieldText(value)}`);
  }
  const padding = " ".repeat(Math.max(0, SECOND_COLUMNS - stripVTControlCharacters(second).length));
  const head = [paint(style, "dim", timeOf(at)), `${second}${padding}`, ...words, ...plain];
  return [head.join(" "), ...errors].map((line) => `${line}\n`).join("");
}

/** The terminal was asked already, so Node must not ask again. */
function paint({ isColoured }: LineStyle, style: Style, text: string): string {
  return isColoured ? styleText(style, text, { validateStream: false }) : text;
}

/** Time of day of this machine. The date is known to whoever looks at a terminal. */
function timeOf(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

/** A text that needs no quotes has none. */
function fieldText(value: unknown): string {
  if (typeof value === "string" && /^[^\s"'=]+$/.test(value)) return printable(value);
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol")
    return printable(String(value));
  return printableJson(value);
}

function isError(value: unknown): value is ShownError {
  return typeof value === "object" && value !== null && "type" in value && "stack" in value;
}

/**
 * Type, message, and the stack. A stack repeats the message, which is left out. Frames of the application come first,
 * in their order. Foreign ones follow where they are wanted, or where there are no others.
 */
function errorLines(name: string, { type, message, stack, code }: ShownError, style: LineStyle): string[] {
  const [first = "", ...rest] = message.split("\n");
  const lines = stack.split("\n");
  const frames = lines.filter((line) => FRAME.test(line)).map((line) => line.trim());
  const own = frames.filter((frame) => !FOREIGN.test(frame));
  const foreign = frames.filter((frame) => FOREIGN.test(frame));
  const hasForeign = style.isVerbose || own.length === 0;
  const hidden = hasForeign || foreign.length === 0 ? [] : [hiddenText(foreign.length)];
  const title = `${type}: ${first}${code === undefined ? "" : ` (${code})`}`;
  return [
    `    ${name === "err" ? "" : `${printable(name)}: `}${paint(style, "red", printable(title))}`,
    ...rest.map((line) => `    ${printable(line)}`),
    ...own.map((frame) => `      ${printable(frame)}`),
    ...(hasForeign ? foreign : hidden).map((text) => `      ${paint(style, "dim", printable(text))}`),
    ...causes(lines).map((line) => `    ${paint(style, "dim", printable(line))}`),
  ];
}

function hiddenText(count: number): string {
  return `(${count} more of libraries and Node: --verbose)`;
}

/** What stands below the frames, such as the cause of the error. */
function causes(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => FRAME.test(line));
  return start === -1 ? [] : lines.slice(start).filter((line) => line.trim() !== "" && !FRAME.test(line));
}
