/** What is done again and again: a signal to a worker, or a crash of the broker's server. */
export type Fault = "SIGKILL" | "SIGTERM" | "SIGSTOP" | "crash of the server";

/** A fault that is caused repeatedly under load, and the limits that must still hold. */
export interface Experiment {
  /** Its number in the list of faults: `F01`. */
  readonly id: string;
  readonly title: string;
  readonly fault: Fault;
  /** The least and the longest pause between two faults, in ms. */
  readonly pauseMs: readonly [min: number, max: number];
  /** How long a frozen worker stands still, in leases. 0: none is frozen. */
  readonly frozenLeases: number;
  /** The most completions of jobs after their first. `undefined`: as many as the faults explain. */
  maxDoubles(size: RunSize): number | undefined;
  /** Whether a job may be started more than once at all. */
  readonly allowsExtraStarts: boolean;
  /** Whether a run has more faults than asked for until one of them has met a job in hand. */
  readonly cutsJobsShort: boolean;
  /** Whether the server is away at times. Then sends may lose their answer, and handlers fail without their database. */
  readonly interruptsServer: boolean;
}

const OF_WORKERS = {
  pauseMs: [100, 500],
  frozenLeases: 0,
  allowsExtraStarts: true,
  cutsJobsShort: false,
  interruptsServer: false,
} as const;

/**
 * F01: a worker is killed during a job. A job that is finished but not acknowledged runs again. Nothing else may go
 * wrong.
 */
export const KILLED_WORKERS: Experiment = {
  ...OF_WORKERS,
  id: "F01",
  title: "kill -9 of a random worker in mid-job",
  fault: "SIGKILL",
  pauseMs: [200, 1_000],
  cutsJobsShort: true,
  maxDoubles: ({ jobs }) => Math.floor(jobs * 0.001),
};

/** F02: workers are restarted one by one, as in a deployment. */
export const ROLLING_RESTARTS: Experiment = {
  ...OF_WORKERS,
  id: "F02",
  title: "SIGTERM rolling restarts",
  fault: "SIGTERM",
  maxDoubles: () => 0,
  allowsExtraStarts: false,
};

/**
 * F06: a worker is frozen during its jobs, longer than it holds them. Others run them, and then it goes on: what it has
 * in hand ends a second time. It cannot know better.
 */
export const FROZEN_WORKERS: Experiment = {
  ...OF_WORKERS,
  id: "F06",
  title: "a worker is frozen for three leases and goes on",
  fault: "SIGSTOP",
  cutsJobsShort: true,
  frozenLeases: 3,
  maxDoubles: ({ faults, concurrency }) => faults * concurrency,
};

/** F20: the server crashes under load and starts again. What it had not written to its disk is undone. */
export const CRASHED_SERVER: Experiment = {
  ...OF_WORKERS,
  id: "F20",
  title: "the server crashes and starts again",
  fault: "crash of the server",
  pauseMs: [500, 1_500],
  maxDoubles: () => undefined,
  interruptsServer: true,
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
