import type { WorkerReport } from "@jobs/core";
import type { JobsCommand } from "./jobs-command.ts";

/** How one worker process ended. */
export type WorkerEnd =
  /** It ended and printed its report. */
  | { readonly status: "completed"; readonly code: number; readonly report: WorkerReport }
  /** It was killed or could not continue: other workers run its jobs. */
  | { readonly status: "lost"; readonly code: number };

/** What a run of the workers needs. */
export interface WorkersRun {
  readonly jobs: JobsCommand;
  readonly workers: number;
  /** Called for each worker that has completed. */
  onCompleted(completed: number): void;
}

/** Runs worker processes until the queue is empty. */
export function runWorkers({ jobs, workers, onCompleted }: WorkersRun): Promise<readonly WorkerEnd[]> {
  let completed = 0;
  const runOne = async () => {
    const end = endOf(await jobs.run(["worker", "--drain", "--json"]));
    if (end.status === "completed") onCompleted(++completed);
    return end;
  };
  return Promise.all(Array.from({ length: workers }, runOne));
}

/** A completed worker prints only its report. An error printed as JSON has no number of runs. */
function endOf({ code, stdout }: Awaited<ReturnType<JobsCommand["run"]>>): WorkerEnd {
  const report = code === null || stdout === "" ? {} : JSON.parse(stdout);
  if ("succeeded" in report) return { status: "completed", code: code ?? 0, report };
  return { status: "lost", code: code ?? 1 };
}
