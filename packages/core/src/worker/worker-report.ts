/** Why a worker ended. */
export type StopCause =
  | "SIGTERM"
  | "SIGINT"
  | "SIGHUP"
  | "stop"
  | "drained"
  | "once"
  | "idle"
  | "max_jobs"
  | "max_memory"
  | "max_time"
  | "stuck"
  | "uncaught_exception"
  | "forced";

/** The totals of a worker; the CLI prints them as one JSON line. */
export interface WorkerReport {
  readonly worker: string;
  readonly cause: StopCause;
  /** Runs that succeeded and whose ack was confirmed. */
  readonly succeeded: number;
  /** Runs that failed and will be tried again. */
  readonly retried: number;
  /** Jobs that became dead letters. */
  readonly dead: number;
  /** Jobs that were cancelled before or while they ran. */
  readonly cancelled: number;
  /** Jobs held or snoozed. */
  readonly postponed: number;
  /** Jobs released unfinished or unstarted. */
  readonly released: number;
  /** Those of them whose handlers still ran at the end of the shutdown's grace period. */
  readonly cutOff: number;
  /** Runs that ended without a valid lease. */
  readonly leasesLost: number;
  /** Successes whose ack failed. */
  readonly acksLost: number;
  /** Handlers that did not return within the grace period after their signal had aborted. */
  readonly stuck: number;
  /** Time spent in handlers, in ms, summed over all runs. */
  readonly busyMs: number;
  /** Time from start to end, in seconds. */
  readonly seconds: number;
}

/** The counters of a worker, which its report contains. */
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

/** The sum of the reports of several workers. */
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
