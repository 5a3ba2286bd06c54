/** A fault that is caused repeatedly under load, and the limits that must still hold. */
export interface Experiment {
  /** Its number in the list of faults: `F01`. */
  readonly id: string;
  readonly title: string;
  readonly signal: "SIGKILL" | "SIGTERM";
  /** The least and the longest pause between two faults, in ms. */
  readonly pauseMs: readonly [min: number, max: number];
  /** The largest share of jobs that may be completed twice. */
  readonly maxDoubleShare: number;
  /** Whether a job may be started more than once at all. */
  readonly allowsExtraStarts: boolean;
}

/**
 * F01: a worker is killed during a job. A job that is finished but not acknowledged runs again. Nothing else may go
 * wrong.
 */
export const KILLED_WORKERS: Experiment = {
  id: "F01",
  title: "kill -9 of a random worker in mid-job",
  signal: "SIGKILL",
  pauseMs: [100, 500],
  maxDoubleShare: 0.001,
  allowsExtraStarts: true,
};

/** F02: workers are restarted one by one, as in a deployment. */
export const ROLLING_RESTARTS: Experiment = {
  id: "F02",
  title: "SIGTERM rolling restarts",
  signal: "SIGTERM",
  pauseMs: [100, 500],
  maxDoubleShare: 0,
  allowsExtraStarts: false,
};

/** How large one run of an experiment is. */
export interface RunSize {
  /** Kind of the broker. */
  readonly broker: string;
  readonly jobs: number;
  readonly faults: number;
  readonly seed: number;
  readonly workers: number;
  /** Jobs at once in each worker. */
  readonly concurrency: number;
  readonly leaseMs: number;
}
