import { printable, printableJson } from "../output/printable.ts";

/** What both reports have; the other fields are counts. */
interface Report {
  readonly cause: string;
  readonly seconds: number;
  readonly [count: string]: unknown;
}

/** Numbers of a report that count no jobs. */
const NO_COUNTS: readonly string[] = ["seconds", "busyMs", "exitCode"];

/**
 * The report of a worker or host that has stopped, as one line. A person gets the cause and all counts that are not 0. A
 * program gets JSON with all fields.
 */
export function reportLine(report: object, isTerminal: boolean): string {
  if (!isTerminal) return printableJson(report);
  const { cause, seconds, ...rest } = report as Report;
  const counts = Object.entries(rest)
    .filter(([name, value]) => typeof value === "number" && value > 0 && !NO_COUNTS.includes(name))
    .map(([name, value]) => `${value} ${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`);
  const done = counts.length === 0 ? "no job has run" : counts.join(", ");
  return `stopped after ${seconds.toFixed(1)} s (${printable(cause)}): ${done}`;
}
