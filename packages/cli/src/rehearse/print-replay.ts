import { countOf } from "@jobs/core/config";
import type { Output } from "../output/output.ts";
import type { ShownOutcome } from "./compare-outcome.ts";
import type { ReplayedJob, Sample } from "./replay-sample.ts";

/** A replay of recorded jobs. */
export interface ReplayReport extends Sample {
  readonly task: string;
  readonly jobs: readonly ReplayedJob[];
}

/** Jobs of a table; JSON has all. */
const SHOWN = 100;

/** Says what differs, as a table or as one JSON document of schema `jobs.replay/1`. @returns whether nothing does */
export async function printReplay(report: ReplayReport, output: Output): Promise<boolean> {
  const { task, jobs, notRecorded, redacted } = report;
  const different = jobs.filter(({ differs }) => differs.length > 0);
  const counts = { ran: jobs.length, same: jobs.length - different.length, different: different.length };
  const followUps = jobs.reduce((sum, job) => sum + job.followUps, 0);
  if (output.isJson) {
    const all = {
      schema: "jobs.replay/1",
      task,
      ...counts,
      notRecorded,
      redacted,
      followUps,
      jobs: different,
    };
    output.json(all);
    return different.length === 0;
  }
  const { ran, same } = counts;
  output.line(
    `ran ${countOf(ran, "recorded job")} of ${task}: ${same} the same, ${different.length} different`,
  );
  if (notRecorded > 0)
    output.line(`${countOf(notRecorded, "job is", "jobs are")} not recorded with parameters`);
  if (redacted > 0) output.line(`${countOf(redacted, "job hides", "jobs hide")} parameters`);
  if (followUps > 0) output.line(`${countOf(followUps, "follow-up was", "follow-ups were")} not sent`);
  if (different.length > 0) await printDifferent(different, output);
  return different.length === 0;
}

async function printDifferent(jobs: readonly ReplayedJob[], output: Output): Promise<void> {
  const { tableLines } = await import("../output/table.ts");
  const columns = ["id", "differs", "recorded", "now"].map((title) => ({ title }));
  const rows = jobs
    .slice(0, SHOWN)
    .map(({ id, differs, recorded, now }) => [id, differs.join(","), inWords(recorded), inWords(now)]);
  for (const line of tableLines(columns, rows)) output.line(line);
  if (jobs.length > SHOWN) output.note(`${jobs.length - SHOWN} more; --json has all.`);
}

function inWords({ outcome, error }: ShownOutcome): string {
  return error === undefined ? outcome : `${outcome}: ${error}`;
}
