import { type App, isJobsError } from "@jobs/core";
import type { JobLogLines } from "@jobs/core/broker";
import { countOf } from "@jobs/core/config";
import { maskUrls } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { printable, printableJson } from "../output/printable.ts";

/** What the runs of a job have logged; no lines where nothing can keep them. Addresses in them are masked, as in logs. */
export async function jobLogOf(app: App, id: string): Promise<JobLogLines> {
  try {
    const { lines, leftOut } = await app.jobLog(id);
    return { lines: JSON.parse(maskUrls(JSON.stringify(lines))), leftOut };
  } catch (error) {
    if (isJobsError(error, "unsupported")) return { lines: [], leftOut: 0 };
    throw error;
  }
}

/** Prints one line for each, under a heading; nothing where there are none. */
export function printJobLog({ lines, leftOut }: JobLogLines, output: Output): void {
  if (lines.length === 0) return;
  output.line(`log${leftOut === 0 ? "" : `         ${countOf(leftOut, "older line")} not kept`}`);
  for (const { at, level, message, fields, attempt } of lines) {
    const more = Object.keys(fields).length === 0 ? "" : ` ${printableJson(fields)}`;
    output.line(`  ${new Date(at).toISOString()} #${attempt} ${level} ${printable(message)}${more}`);
  }
}
