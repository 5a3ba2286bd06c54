import type { Output } from "../output/output.ts";
import { printableJson } from "../output/printable.ts";
import type { DescribedJob } from "./describe-message.ts";

/** A page of jobs. */
export interface JobsPage {
  readonly jobs: readonly DescribedJob[];
  readonly nextCursor?: string | undefined;
  readonly hasParams: boolean;
}

/** Prints jobs as a table, or as one JSON document of schema `jobs.list/1`. */
export async function printJobs({ jobs, nextCursor, hasParams }: JobsPage, output: Output): Promise<void> {
  if (output.isJson) {
    output.json({ schema: "jobs.list/1", jobs, ...(nextCursor === undefined ? {} : { nextCursor }) });
    return;
  }
  if (jobs.length === 0) {
    output.line("none");
    return;
  }
  const { tableLines } = await import("../output/table.ts");
  const hasWorkers = jobs.some((job) => job.worker !== undefined);
  const isDead = jobs.some((job) => job.dead !== undefined);
  const titles = [
    "id",
    "task",
    "queue",
    "failures",
    isDead ? "dead since" : "due",
    isDead ? "reason" : "last error",
  ];
  const columns = [...titles, ...(hasWorkers ? ["worker"] : []), ...(hasParams ? ["params"] : [])].map(
    (title) => ({ title }),
  );
  const rows = jobs.map((job) => [
    job.id,
    job.task,
    job.queue,
    job.failures === null ? "?" : String(job.failures),
    job.dead?.at ?? job.dueAt,
    job.dead?.reason ?? job.lastError ?? "",
    ...(hasWorkers ? [job.worker ?? "?"] : []),
    ...(hasParams ? [printableJson(job.params ?? job.body ?? null)] : []),
  ]);
  for (const line of tableLines(columns, rows)) output.line(line);
  if (nextCursor !== undefined) output.note(`more: --cursor ${nextCursor}`);
}
