import { inspect } from "node:util";
import { formatDuration } from "@jobs/core/config";
import type { StoredJob } from "./stored-job.ts";

/** A longer list would hide the line with the error. */
const SHOWN_JOBS = 10;

/** The end of a sentence after "but": the stored jobs, one on each line. */
export function showJobs(jobs: readonly StoredJob[]): string {
  if (jobs.length === 0) return "nothing is stored.";
  const lines = jobs.slice(0, SHOWN_JOBS).map((job) => `\n  ${showJob(job)}`);
  const rest = jobs.length > SHOWN_JOBS ? `\n  … and ${jobs.length - SHOWN_JOBS} more` : "";
  return `${jobs.length === 1 ? "one job is" : `${jobs.length} jobs are`} stored:${lines.join("")}${rest}`;
}

/** A value on one line. Parameters are shown: this is a test. */
export function showValue(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 });
}

function showJob({ task, params, queue, state, delayMs, priority, failures }: StoredJob): string {
  const notes = [
    state === "delayed" ? `due in ${formatDuration(delayMs)}` : state,
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...(failures === 0 ? [] : [`failed ${failures}×`]),
  ];
  return `${task} ${showValue(params)} in queue "${queue}": ${notes.join(", ")}`;
}
