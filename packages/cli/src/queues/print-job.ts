import type { Output } from "../output/output.ts";
import { printable, printableJson, printableLines } from "../output/printable.ts";
import type { DescribedJob } from "./describe-message.ts";
import { printJobLog } from "./job-log.ts";

/** Prints one job field by field, or as one JSON document of schema `jobs.job/1`. */
export function printJob(job: DescribedJob, output: Output): void {
  if (output.isJson) {
    output.json({ schema: "jobs.job/1", ...job });
    return;
  }
  const { dead, headers, params, log, ...fields } = job;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null) output.line(`${name.padEnd(12)}${printable(String(value))}`);
  }
  if (headers !== undefined) output.line(`${"headers".padEnd(12)}${printableJson(headers)}`);
  if (params !== undefined) output.line(`${"params".padEnd(12)}${printableJson(params)}`);
  if (dead !== undefined) printDeath(dead, output);
  if (log !== undefined) printJobLog(log, output);
}

function printDeath(dead: NonNullable<DescribedJob["dead"]>, output: Output): void {
  output.line(`${"dead".padEnd(12)}${dead.reason} at ${dead.at}`);
  if (dead.error !== undefined) {
    const { name, message, stack } = dead.error;
    output.line(`${"error".padEnd(12)}${printable(`${name}: ${message}`)}`);
    if (stack !== undefined) output.line(printableLines(stack));
  }
}
