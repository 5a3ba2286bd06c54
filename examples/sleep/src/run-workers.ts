import type { WorkerReport } from "@jobs/core";
import type { JobsCommand } from "./jobs-command.ts";

/** How one worker process ended. */
export type WorkerEnd =
  /** It told what it had done. */
  | { readonly status: "completed"; readonly code: number; readonly report: WorkerReport }
  /** It was killed, or could not go on: the others do its jobs. */
  | { readonly status: "lost"; readonly code: number };

/** One go at the queue. */
export interface WorkersRun {
  readonly jobs: JobsCommand;
  readonly workers: number;
  /** Hears of each worker that has completed. */
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

/** A worker that has run prints its report and nothing else; an error has no number of runs. */
function endOf({ code, stdout }: Awaited<ReturnType<JobsCommand["run"]>>): WorkerEnd {
  const report = code === null || stdout === "" ? {} : JSON.parse(stdout);
  if ("succeeded" in report) return { status: "completed", code: code ?? 0, report };
  return { status: "lost", code: code ?? 1 };
}
