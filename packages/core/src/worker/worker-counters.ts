import type { StopCause, WorkerReport } from "./worker.ts";

/** What a worker counts while it lives; the numbers of its report. */
export interface WorkerCounters {
  succeeded: number;
  retried: number;
  dead: number;
  cancelled: number;
  postponed: number;
  released: number;
  cutOff: number;
  leasesLost: number;
  acksLost: number;
  stuck: number;
  busyMs: number;
}

/** A counter of a {@link WorkerCounters} that one settlement raises. */
export type CounterName = "succeeded" | "retried" | "dead" | "cancelled" | "postponed" | "released";

const NOTHING: Readonly<WorkerCounters> = {
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

/** All zero. */
export function createWorkerCounters(): WorkerCounters {
  return { ...NOTHING };
}

/** What workers have done together: the numbers of their reports, for whoever runs several of them. */
export function sumReports(reports: readonly Readonly<WorkerCounters>[]): WorkerCounters {
  const sums = createWorkerCounters();
  for (const name of Object.keys(NOTHING) as (keyof WorkerCounters)[]) {
    for (const report of reports) sums[name] += report[name];
  }
  return sums;
}

/** Jobs that left this worker by a confirmed settlement. */
export function settledJobs(counters: WorkerCounters): number {
  const { succeeded, retried, dead, cancelled, postponed, released } = counters;
  return succeeded + retried + dead + cancelled + postponed + released;
}

/** The report of a worker that has ended. */
export function reportOf(
  counters: WorkerCounters,
  worker: string,
  cause: StopCause,
  lifeMs: number,
): WorkerReport {
  const { busyMs, ...counts } = counters;
  return { worker, cause, ...counts, busyMs: Math.round(busyMs), seconds: Math.round(lifeMs) / 1000 };
}
