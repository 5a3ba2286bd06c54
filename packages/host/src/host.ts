import type { WorkerOptions, WorkerReport } from "@jobs/core";
import type { StopCause } from "@jobs/core/runtime";

/** When a worker process has served long enough and another one takes its place. Left out: never for that reason. */
export interface WearLimits {
  /** Jobs that have been settled, as `settled` of a worker counts them; those that run at that moment are finished all the same. */
  readonly maxJobs?: number | undefined;
  /** Memory of the process (resident set) in bytes, looked at once a second. */
  readonly maxMemoryBytes?: number | undefined;
  /** Time since it began to serve, in ms. */
  readonly maxAgeMs?: number | undefined;
}

/** Which limit a worker process has come to. */
export type WearReason = "max_jobs" | "max_memory" | "max_time";

/** What a host is made of, whatever its processes run. */
interface HostSettings {
  /** How many worker processes. Default: one for each core. */
  readonly processes?: number;
  /** Flags of Node for the processes. Default: those of this one. */
  readonly execArgv?: readonly string[];
  /** Is told of everything that happens to the processes. */
  readonly onEvent?: (event: HostEvent) => void;
}

/** Processes that each run a worker of an app. */
export interface AppProgram {
  /** Module whose default export is the app: `new URL("./app.js", import.meta.url)`. */
  readonly app: URL;
  /** How each worker runs. */
  readonly worker?: Omit<WorkerOptions, "identity" | "ownsProcess">;
  /** When a process is replaced by a fresh one: one at a time, the new one serving before the old one ends. */
  readonly recycle?: WearLimits;
}

/** Processes that each run a program which calls `serveHost`. */
export interface OwnProgram {
  readonly program: { readonly file: string; readonly args: readonly string[] };
}

/** How to create a host. */
export type HostOptions = HostSettings & (AppProgram | OwnProgram);

/** Why a host has ended. `completed`: its workers ended by themselves. `start_failed`: none of them ever came to serve. */
export type HostCause = "SIGTERM" | "SIGINT" | "SIGHUP" | "stop" | "forced" | "completed" | "start_failed";

/** What happens to the processes of a host. `place` counts from 1 and stays the same over restarts. */
export type HostEvent =
  | { readonly type: "process.started"; readonly place: number; readonly pid: number | undefined }
  | {
      readonly type: "process.serving";
      readonly place: number;
      readonly pid: number | undefined;
      readonly worker: string;
    }
  /** It ended although nobody asked it to; another one follows. */
  | ({ readonly type: "process.crashed"; readonly place: number; readonly restartInMs: number } & ProcessEnd)
  /** It has come to a limit; another one takes over before it ends. */
  | {
      readonly type: "process.worn";
      readonly place: number;
      readonly pid: number | undefined;
      readonly reason: WearReason;
    }
  /** What its program has measured, about once a second and a last time at its end; see `serveHost`. */
  | {
      readonly type: "process.measured";
      readonly place: number;
      readonly pid: number | undefined;
      readonly measured: unknown;
    }
  | ({ readonly type: "process.ended"; readonly place: number } & ProcessEnd)
  /** One more worker has come to its end for good. */
  | { readonly type: "host.progress"; readonly completed: number; readonly of: number };

/** How a process came to its end. */
export interface ProcessEnd {
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Missing when it had no time to write one. */
  readonly cause?: StopCause;
}

/** The sum of the lives of all workers of a host. */
export interface HostReport extends Omit<WorkerReport, "worker" | "cause"> {
  /** `host:pid` of the parent. */
  readonly host: string;
  readonly cause: HostCause;
  readonly processes: number;
  /** Processes whose worker came to its end and reported it. */
  readonly completed: number;
  /** Processes started in place of crashed ones. */
  readonly restarts: number;
  /** Processes started in place of worn ones. */
  readonly recycled: number;
  /** Processes that had to be killed because they outlived their grace. */
  readonly killed: number;
  /** What the parent should exit with when no process came to serve: what the first of them did. */
  readonly exitCode?: number;
}

/** One parent with several worker processes: restarts those that crash, replaces those that are worn, ends them together. */
export interface Host extends AsyncDisposable {
  /** Starts the processes; resolves when all of them serve. @throws ConfigError when none came to. */
  start(): Promise<void>;
  /** Begins the graceful stop of all processes at once; resolves like `join`. Safe at any time, any number of times. */
  stop(cause?: HostCause): Promise<HostReport>;
  /** Ends every process within about 2 s; jobs go back to their queues. */
  force(): Promise<HostReport>;
  /** Resolves when all processes have ended. */
  join(): Promise<HostReport>;
  /** `start` and `join` for a program that is nothing but a host: SIGTERM, SIGINT and SIGHUP stop it, a later second one forces it. */
  run(): Promise<HostReport>;
  /** Whether at least one worker takes jobs: false while none does, and while stopping. */
  readonly isReady: boolean;
  /** Ids of the processes that live, by place. */
  readonly pids: readonly number[];
}
