import type { WorkerReport } from "@jobs/core";

/** The jobs of each worker, and how long it slept in total. */
export function summary(reports: readonly WorkerReport[]): string {
  const rows = reports.map(({ worker, succeeded, busyMs }) => ({ worker, jobs: succeeded, sleptMs: busyMs }));
  const all = {
    worker: "all",
    jobs: sum(rows.map(({ jobs }) => jobs)),
    sleptMs: sum(rows.map(({ sleptMs }) => sleptMs)),
  };
  const width = Math.max(...[...rows, all].map(({ worker }) => worker.length));
  const lines = [...rows, all].map(
    ({ worker, jobs, sleptMs }) =>
      `${worker.padEnd(width)}  ${String(jobs).padStart(6)}  ${(sleptMs / 1_000).toFixed(2).padStart(7)} s`,
  );
  return [`${"WORKER".padEnd(width)}  ${"JOBS".padStart(6)}  ${"SLEPT".padStart(9)}`, ...lines].join("\n");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
