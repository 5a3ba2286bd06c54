import type { App } from "@jobs/core";
import type { HistoryEvent, JobLogLines } from "@jobs/core/broker";
import { isError } from "@jobs/core/runtime";
import { detailsOf } from "../monitor/event-sink.ts";
import type { Output } from "../output/output.ts";
import { printable, printableJson } from "../output/printable.ts";
import { warn } from "../output/warn.ts";
import type { ParamsView } from "../queues/params-view.ts";
import { type DescribedRecord, describeRecord, describeTimeline } from "./describe-record.ts";

/** What the history knows of one job. */
export interface Past {
  readonly record: DescribedRecord;
  readonly timeline: readonly HistoryEvent[];
}

/** `undefined` without a history, or for an unknown job. A history that cannot be read does not hide the job. */
export async function pastOf({ history }: App, id: string, view: ParamsView): Promise<Past | undefined> {
  if (history === undefined || history.absence?.() !== undefined) return undefined;
  try {
    const [record, timeline] = await Promise.all([history.job(id), history.timeline(id)]);
    if (record === undefined) return undefined;
    return { record: describeRecord(record, view), timeline: describeTimeline(timeline, view) };
  } catch (error) {
    if (!isError(error)) throw error;
    warn(`the history cannot be read: ${error.message}`);
    return undefined;
  }
}

/** Prints what is known of a job, a line for each field that is not empty. */
export function printFields(fields: Readonly<Record<string, unknown>>, output: Output): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    output.line(
      `${name.padEnd(12)}${typeof value === "object" ? printableJson(value) : printable(String(value))}`,
    );
  }
}

/** Prints a line for each event under a heading. Lines of the log are left out where `log` has them. */
export function printTimeline(timeline: readonly HistoryEvent[], log: JobLogLines, output: Output): void {
  const shown = timeline.filter(({ type }) => type !== "job.log" || log.lines.length === 0);
  if (shown.length === 0) return;
  output.line("timeline");
  for (const event of shown) {
    const time = new Date(event.at).toISOString();
    output.line(`  ${printable(`${time} ${event.type}${detailsOf(event)}`)}`);
  }
}
