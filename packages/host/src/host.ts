import type { WorkerOptions, WorkerReport } from "@jobs/core";
import type { StopCause } from "@jobs/core/runtime";

/** Limits after which another process replaces a worker process. A limit that is left out never applies. */
export interface RecycleLimits {
  /** Settled jobs, counted like `settled` of a worker. Jobs that run at that moment are still finished. */
  readonly maxJobs?: number | undefined;
  /** Memory of the process (resident set) in bytes, checked once a second. */
  readonly maxMemoryBytes?: number | undefined;
  /** Time since it began to serve, in ms. */
  readonly maxAgeMs?: number | undefined;
}

/** The limit that a worker process has reached. */
export type RecycleReason = "max_jobs" | "max_memory" | "max_time";

/** Options of every host, whatever its processes run. */
interface HostSettings {
  /** Number of worker processes. Default: one for each core. */
  readonly processes?: number;
  /** Flags of Node for the processes. Default: those of this process. */
  readonly execArgv?: readonly string[];
  /** Called with every event of the processes. */
  readonly onEvent?: (event: HostEvent) => void;
}

/** Processes that each run a worker of an app. */
export interface AppProgram {
  /** Module whose default export is the app: `new URL("./app.js", import.meta.url)`. */
  readonly app: URL;
  /** How each worker runs. */
  readonly worker?: Omit<WorkerOptions, "identity" | "ownsProcess" | "broker">;
  /** When a process is replaced. One at a time: the new process serves before the old one ends. */
  readonly recycle?: RecycleLimits;
}

/** Processes that each run a program which calls `serveHost`. */
export interface OwnProgram {
  readonly program: { readonly file: string; readonly args: readonly string[] };
}

/** How to create a host. */
export type HostOptions = HostSettings & (AppProgram | OwnProgram);

/**
 * Why a host has ended. `completed`: all workers ended without a request. `start_failed`: no worker ever began to
 * serve.
 */
export type HostCause = "SIGTERM" | "SIGINT" | "SIGHUP" | "stop" | "forced" | "completed" | "start_failed";

/** An event of a host's processes. `number` counts from 1 and stays the same over restarts. */
export type HostEvent =
  | { readonly type: "process.started"; readonly number: number; readonly pid: number | undefined }
  | {
      readonly type: "process.serving";
      readonly number: number;
      readonly pid: number | undefined;
      readonly worker: string;
    }
  /** It ended without a request; another process follows. */
  | ({ readonly type: "process.crashed"; readonly number: number; readonly restartInMs: number } & ProcessEnd)
  /** It has reached a limit; another process takes over before it ends. */
  | {
      readonly type: "process.recycled";
      readonly number: number;
      readonly pid: number | undefined;
      readonly reason: RecycleReason;
    }
  /** Measurements of its program, about once a second and once at its end; see `serveHost`. */
  | {
      readonly type: "process.measured";
      readonly number: number;
      readonly pid: number | undefined;
      readonly measured: unknown;
    }
  | ({ readonly type: "process.ended"; readonly number: number } & ProcessEnd)
  /** One more worker has ended for good. */
  | { readonly type: "host.progress"; readonly completed: number; readonly of: number };

/** How a process ended. */
export interface ProcessEnd {
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Missing when it had no time to send one. */
  readonly cause?: StopCause;
}

/** The sum of the reports of all workers of a host. */
export interface HostReport extends Omit<WorkerReport, "worker" | "cause"> {
  /** `host:pid` of the parent. */
  readonly host: string;
  readonly cause: HostCause;
  readonly processes: number;
  /** Processes that reported the end of their worker. */
  readonly completed: number;
  /** Processes that replaced crashed ones. */
  readonly restarts: number;
  /** Processes that replaced ones at a limit. */
  readonly recycled: number;
  /** Processes that were killed after their grace period. */
  readonly killed: number;
  /** The exit code for the parent when no process began to serve: that of the first process. */
  readonly exitCode?: number;
}

/**
 * One parent of several worker processes. It restarts crashed ones, replaces those at a limit and stops all together.
 */
export interface Host extends AsyncDisposable {
  /** Starts the processes; resolves when all of them serve. @throws ConfigError when none began to serve. */
  start(): Promise<void>;
  /**
   * Starts the graceful stop of all processes at once; resolves like `join`. It may be called at any time and
   * repeatedly.
   */
  stop(cause?: HostCause): Promise<HostReport>;
  /** Ends every process within about 2 s; jobs go back to their queues. */
  force(): Promise<HostReport>;
  /** Resolves when all processes have ended. */
  join(): Promise<HostReport>;
  /**
   * `start` and `join` for a program that is only a host. SIGTERM, SIGINT and SIGHUP stop it, a later second one forces
   * it.
   */
  run(): Promise<HostReport>;
  /** Whether at least one worker takes jobs; false while the host stops. */
  readonly isReady: boolean;
  /** Ids of the living processes, by place. */
  readonly pids: readonly number[];
}
