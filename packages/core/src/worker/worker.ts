import type { WorkerSettings } from "../config/app-config.ts";

/** How one worker runs; what is left out comes from the app's configuration. */
export interface WorkerOptions extends Partial<Omit<WorkerSettings, "queues">> {
  /** Queues to serve: names without prefix, `mail:3` for a weight of 3. Default: all queues of tasks with a handler. */
  readonly queues?: readonly string[];
  /** When to end by itself. Default: never. */
  readonly until?: StopCondition;
  /** Whether `run()` listens to SIGTERM and SIGINT and watches for uncaught errors. Default true. */
  readonly ownsProcess?: boolean;
  /** Name of this worker in events and logs. Default `host:pid:random`. */
  readonly identity?: string;
}

/** When a worker ends by itself. */
export type StopCondition =
  /** Nothing of its queues is ready, delayed, waiting for a retry or leased by anyone. */
  | { readonly type: "drained" }
  /** One receive's worth of work is done, or nothing was ready. */
  | { readonly type: "once" }
  /** Nothing was ready for this long, in ms. */
  | { readonly type: "idle"; readonly forMs: number }
  /** This many jobs have been settled. */
  | { readonly type: "settled"; readonly jobs: number };

/** Why a worker ended. */
export type StopCause =
  | "SIGTERM"
  | "SIGINT"
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

/** The sum of a worker's life; the CLI prints it as one JSON line. */
export interface WorkerReport {
  readonly worker: string;
  readonly cause: StopCause;
  /** Runs that succeeded and whose ack was confirmed. */
  readonly succeeded: number;
  /** Runs that failed and will be tried again. */
  readonly retried: number;
  /** Jobs set aside as dead letters. */
  readonly dead: number;
  /** Jobs that were cancelled before or while they ran. */
  readonly cancelled: number;
  /** Jobs held or snoozed. */
  readonly postponed: number;
  /** Jobs given back unfinished or unstarted. */
  readonly released: number;
  /** Those among them whose handlers were still at work when the shutdown's grace ended. */
  readonly cutOff: number;
  /** Runs that ended without a valid lease. */
  readonly leasesLost: number;
  /** Successes whose ack did not arrive. */
  readonly acksLost: number;
  /** Handlers that never returned. */
  readonly stuck: number;
  /** Time spent in handlers, in ms, summed over all runs. */
  readonly busyMs: number;
  /** From start to end. */
  readonly seconds: number;
}

/** Takes jobs from queues and runs them. One use: after it has stopped, create another. */
export interface Worker {
  readonly identity: string;
  /** Starts and resolves after a graceful stop, whatever caused it. @throws BrokerUnavailableError when the broker stays away at start. */
  run(): Promise<WorkerReport>;
  /** Begins the graceful stop; safe at any time, any number of times. Resolves like `run`. */
  stop(cause?: StopCause): Promise<WorkerReport>;
  /** Aborts every handler, releases what is held and ends within 2 s. */
  force(): Promise<WorkerReport>;
  /** What it is doing now. */
  readonly state: "new" | "starting" | "running" | "draining" | "stopped";
  /** Whether it takes jobs: false while starting, draining, or while the broker is away. */
  readonly isReady: boolean;
  /** Jobs in handlers now. */
  readonly running: number;
}
