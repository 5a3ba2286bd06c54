import type { JobExplanation, QueueExplanation } from "@jobs/core/runtime";
import { asCalled } from "../base/program.ts";
import { maskTexts } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";

/**
 * Prints why a job or a queue waits, as sentences or as one JSON document of schema `jobs.why/1`. Addresses are masked,
 * as in logs: an error of a job may quote them.
 */
export function printExplanation(explanation: JobExplanation | QueueExplanation, output: Output): void {
  const { until, ...masked } = maskTexts(explanation);
  if (output.isJson) {
    const end = until === undefined ? {} : { until: new Date(until).toISOString() };
    output.json({ schema: "jobs.why/1", ...masked, ...end });
    return;
  }
  const { summary, cause, evidence, hint } = masked;
  output.line(printable(summary));
  if (hint !== undefined) output.line(`  Fix: ${printable(asCalled(hint))}`);
  output.line(`cause     ${cause}`);
  const { task, queue } = { task: undefined, ...masked };
  if (task !== undefined) output.line(`task      ${printable(task)}`);
  if (queue !== undefined) output.line(`queue     ${printable(queue)}`);
  output.line("evidence");
  for (const { source, statement } of evidence) output.line(`  ${source.padEnd(13)}${printable(statement)}`);
}
