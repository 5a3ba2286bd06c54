import { styleText } from "node:util";
import { printable, printableJson } from "../output/printable.ts";

/** The levels of a line, from least to most important. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

/** How important a line is. */
export type Level = (typeof LEVELS)[number];

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

/**
 * A line for people: time, level, text, then fields as `name=value`. Errors follow, a line for each frame, with the
 * frames of the application first. Control characters of data are escaped.
 */
export function terminalLine({ level, at, message, fields }: LogLine, isColoured: boolean): string {
  const paint = (style: Style, text: string): string => (isColoured ? coloured(style, text) : text);
  const plain: string[] = [];
  const errors: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (isError(value)) errors.push(...errorLines(name, value, paint));
    else if (value !== undefined) plain.push(`${paint("dim", `${printable(name)}=`)}${fieldText(value)}`);
  }
  const head = [
    paint("dim", timeOf(at)),
    paint(LEVEL_STYLES[level], level.toUpperCase().padEnd(5)),
    paint("bold", printable(message)),
    ...plain,
  ];
  return [head.join(" "), ...errors].map((line) => `${line}\n`).join("");
}

/** The terminal was asked already, so Node must not ask again. */
function coloured(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
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
 * Type, message, and the stack. A stack repeats the message, which is left out; its frames are sorted, and keep their
 * order otherwise.
 */
function errorLines(
  name: string,
  { type, message, stack, code }: ShownError,
  paint: (style: Style, text: string) => string,
): string[] {
  const [first = "", ...rest] = message.split("\n");
  const lines = stack.split("\n");
  const frames = lines.filter((line) => FRAME.test(line)).map((line) => line.trim());
  const own = frames.filter((frame) => !FOREIGN.test(frame));
  const foreign = frames.filter((frame) => FOREIGN.test(frame));
  const title = `${type}: ${first}${code === undefined ? "" : ` (${code})`}`;
  return [
    `    ${name === "err" ? "" : `${printable(name)}: `}${paint("red", printable(title))}`,
    ...rest.map((line) => `    ${printable(line)}`),
    ...own.map((frame) => `      ${printable(frame)}`),
    ...foreign.map((frame) => `      ${paint("dim", printable(frame))}`),
    ...causes(lines).map((line) => `    ${paint("dim", printable(line))}`),
  ];
}

/** What stands below the frames, such as the cause of the error. */
function causes(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => FRAME.test(line));
  return start === -1 ? [] : lines.slice(start).filter((line) => line.trim() !== "" && !FRAME.test(line));
}
