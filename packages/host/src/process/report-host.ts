import type { WorkerReport } from "@jobs/core";

/** The numbers of a worker's report. */
type Sums = Omit<WorkerReport, "worker" | "cause" | "seconds">;

const NOTHING: Sums = {
  succeeded: 0,
  retried: 0,
  dead: 0,
  cancelled: 0,
  postponed: 0,
  released: 0,
  cutOff: 0,
  leasesLost: 0,
  acksLost: 0,
  stuck: 0,
  busyMs: 0,
};

/** Adds up what workers have done. */
export function sumReports(reports: readonly WorkerReport[]): Sums {
  const keys = Object.keys(NOTHING) as (keyof Sums)[];
  const sums = keys.map((key) => [key, reports.reduce((total, report) => total + report[key], 0)]);
  return Object.fromEntries(sums) as Record<keyof Sums, number>;
}
