import type { CodecName } from "../envelope/codecs.ts";
import type { Backoff } from "../retry/backoff.ts";
import type { ConfigLayer, ConfigLayerName } from "./config-layer.ts";

/** A queue a worker serves, with its share of the slots. */
export interface QueueWeight {
  /** Name without prefix. */
  readonly name: string;
  /** Relative share when several queues are busy. Default 1. */
  readonly weight: number;
}

/** The settings of a worker, all resolved. Durations in ms. */
export interface WorkerSettings {
  /** Queues to serve; empty = all queues of the tasks that have a handler. */
  readonly queues: readonly QueueWeight[];
  /** Jobs at once in this process. Default 10. */
  readonly concurrency: number;
  /** Length of a lease; renewed at a third of it. Default 30 s. */
  readonly leaseMs: number;
  /** Time from SIGTERM to the last release. Default 25 s, under Kubernetes' 30. */
  readonly shutdownTimeoutMs: number;
  /** How long to try for an absent broker at start. Default 30 s; `Infinity` waits for ever. */
  readonly startTimeoutMs: number;
  /** Longest wait in one receive. Default 20 s. */
  readonly waitMs: number;
  /** Serve queues strictly in the order given instead of by weight. Default false. */
  readonly isStrictOrder: boolean;
  /** Whether it sees to the schedules of its app. Default true. */
  readonly isScheduling: boolean;
  /** Crashes after which a job is set aside without another run. Default 10. */
  readonly maxCrashes: number;
  /** How long results are kept, where there is a result store. Default 7 days. */
  readonly resultTtlMs: number;
  /** Lines of `ctx.log` from this level on are kept with the job, as long as results are; `off`: none. Default `info`. */
  readonly jobLog: "off" | "debug" | "info" | "warn" | "error";
  /** What happens to an exhausted job on a queue without dead letters. `refuse` (default): the worker does not start; `drop`: written down, it is lost on purpose. */
  readonly onExhausted: "refuse" | "drop";
  /** Systems whose jobs it reads beside our own. Default none. */
  readonly codecs: readonly CodecName[];
}

/** The settings of one task, all resolved. Durations in ms. */
export interface TaskSettings {
  readonly queue: string;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly backoff: Backoff;
  readonly priority: number;
  /** Jobs go to `queue__domain`, and this worker serves that queue. */
  readonly domain: string | undefined;
  /** Jobs of this task at once in one worker; `Infinity`: as many as the worker has slots. */
  readonly concurrency: number;
  /** Jobs of this task started in a second by one worker; `Infinity`: no limit. */
  readonly ratePerSecond: number;
  /** The same for all workers of its queue together, each an equal share; `Infinity`: no limit. */
  readonly sharedRatePerSecond: number;
  /** Between two looks at its idle queue; `Infinity`: the worker waits at the broker instead. */
  readonly pollIntervalMs: number;
  /** Whether its jobs are left where they are. */
  readonly isPaused: boolean | (() => boolean);
  /** Whether the log of a failed run has the parameters. */
  readonly logParams: boolean;
  /** Whether the event of an enqueue has the parameters. */
  readonly monitorParams: boolean;
  readonly compat: "strict" | "additive";
  readonly onMismatch: "hold" | "dead";
}

/** A value and where it comes from. */
export interface Explained {
  /** The setting's key: `worker.concurrency`, `tasks.my_task.timeout`. */
  readonly key: string;
  readonly value: unknown;
  readonly layer: ConfigLayerName;
  /** The flag, variable or file and line it was written in; absent for defaults. */
  readonly where?: string;
  /** What lost against it, strongest first. */
  readonly shadowed: readonly {
    readonly value: unknown;
    readonly layer: ConfigLayerName;
    readonly where?: string;
  }[];
}

/** All settings of an app, layered: flag > environment > file > constructor > default, the same for every setting. */
export interface AppConfig {
  /** Put before every queue name on the broker. Default empty. */
  readonly queuePrefix: string;
  /** The broker asked for from outside, as it was written: a kind, a key or a URL. `undefined`: the app's own. */
  readonly broker: string | undefined;
  /** Where results are kept, as it was written outside: a kind or a URL. `undefined`: the app's own store, if any. */
  readonly results: string | undefined;
  /** Version of the application, for people who look at its workers. */
  readonly release: string | undefined;
  /** Queue to which producers and workers report what happens; `undefined`: they do not. */
  readonly monitor: string | undefined;
  /** Whether an enqueue is answered only when the monitor's queue has its event. Default false. */
  readonly isMonitorStrict: boolean;
  /** Whether results may lie on this machine alone although other machines see the broker. Default false. */
  readonly isLocalResultsAllowed: boolean;
  readonly worker: WorkerSettings;
  /** The settings of a task: its own, then those of `tasks.DEFAULT`, layer by layer. */
  task(name: string): TaskSettings;
  /** Who won and what it shadowed. @throws ConfigError for an unknown key, with a suggestion. */
  explain(key: string): Explained;
  /** Every setting with its origin, sorted by key. */
  entries(): readonly Explained[];
  /** Unknown keys and variables that were found, each with a suggestion: to be shown once as warnings. */
  readonly warnings: readonly string[];
  /** What all of this was resolved from: resolve them again together with further layers to add flags or a file. */
  readonly layers: readonly ConfigLayer[];
}
