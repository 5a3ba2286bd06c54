import { type App, isJobsError } from "@jobs/core";
import type { JobLogLines } from "@jobs/core/broker";
import { countOf } from "@jobs/core/config";
import { printTimeline } from "../history/print-past.ts";
import { maskTexts } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { printable, printableJson, printableLines } from "../output/printable.ts";
import type { DescribedJob } from "./describe-message.ts";

/** Prints one job field by field, or as one JSON document of schema `jobs.job/1`. */
export function printJob(job: DescribedJob, output: Output): void {
  if (output.isJson) {
    output.json({ schema: "jobs.job/1", ...job });
    return;
  }
  const { dead, headers, params, log, timeline, ...fields } = job;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null) output.line(`${name.padEnd(12)}${printable(String(value))}`);
  }
  if (headers !== undefined) output.line(`${"headers".padEnd(12)}${printableJson(headers)}`);
  if (params !== undefined) output.line(`${"params".padEnd(12)}${printableJson(params)}`);
  if (dead !== undefined) printDeath(dead, output);
  if (log !== undefined) printJobLog(log, output);
  if (timeline !== undefined) printTimeline(timeline, log ?? { lines: [], leftOut: 0 }, output);
}

function printDeath(dead: NonNullable<DescribedJob["dead"]>, output: Output): void {
  output.line(`${"dead".padEnd(12)}${dead.reason} at ${dead.at}`);
  if (dead.error !== undefined) {
    const { name, message, stack } = dead.error;
    output.line(`${"error".padEnd(12)}${printable(`${name}: ${message}`)}`);
    if (stack !== undefined) output.line(printableLines(stack));
  }
}

/** The log lines of a job's runs. Empty if no store can keep them. Addresses are masked, as in logs. */
export async function jobLogOf(app: App, id: string): Promise<JobLogLines> {
  try {
    const { lines, leftOut } = await app.jobLog(id);
    return { lines: maskTexts(lines), leftOut };
  } catch (error) {
    if (isJobsError(error, "unsupported")) return { lines: [], leftOut: 0 };
    throw error;
  }
}

/** Prints one line for each under a heading. Without lines it prints no heading. */
export function printJobLog({ lines, leftOut }: JobLogLines, output: Output): void {
  if (lines.length === 0) return;
  output.line(`log${leftOut === 0 ? "" : `         ${countOf(leftOut, "older line")} not kept`}`);
  for (const { at, level, message, fields, attempt } of lines) {
    const more = Object.keys(fields).length === 0 ? "" : ` ${printableJson(fields)}`;
    output.line(`  ${new Date(at).toISOString()} #${attempt} ${level} ${printable(message)}${more}`);
  }
}
