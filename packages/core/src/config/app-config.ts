import type { CodecName } from "../envelope/codecs/codecs.ts";
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
  /** Time from SIGTERM to the last release. Default 25 s, below Kubernetes's 30 s. */
  readonly shutdownTimeoutMs: number;
  /** How long to wait for a broker that is down at start. Default 30 s; `Infinity` waits for ever. */
  readonly startTimeoutMs: number;
  /** Longest wait in one receive. Default 20 s. */
  readonly waitMs: number;
  /** Serve queues strictly in the order given instead of by weight. Default false. */
  readonly isStrictOrder: boolean;
  /** Whether it sends the jobs of its app's schedules. Default true. */
  readonly isScheduling: boolean;
  /** The most crashes of a job: with one more it becomes a dead letter without another run. Default 10. */
  readonly maxCrashes: number;
  /** How long results are kept, where there is a result store. Default 7 days. */
  readonly resultTtlMs: number;
  /** How long a job stays in the history after its latest change, where there is a history store. Default 7 days. */
  readonly historyTtlMs: number;
  /** The most jobs in the history; of more, those with the oldest change are removed. Default 1,000,000. */
  readonly historyMaxJobs: number;
  /** Lines of `ctx.log` from this level on are kept with the job, as long as results are; `off`: none. Default `info`. */
  readonly jobLog: "off" | "debug" | "info" | "warn" | "error";
  /**
   * What happens to an exhausted job on a queue without dead letters. `refuse` (default): the worker does not start.
   * `drop`: the job is logged and lost.
   */
  readonly onExhausted: "refuse" | "drop";
  /** Other systems whose jobs it can read. Default none. */
  readonly codecs: readonly CodecName[];
}

/** The settings of one task, all resolved. Durations in ms. */
export interface TaskSettings {
  /** Queue of its jobs, without prefix. Default `default`. */
  readonly queue: string;
  /** Failed runs after which a job becomes a dead letter. Default 5. */
  readonly maxAttempts: number;
  /** Time limit of one run; `Infinity`: none. Default 15 min. */
  readonly timeoutMs: number;
  /** The delay before a retry. Default exponential from 1 s to 10 min, with jitter. */
  readonly backoff: Backoff;
  /** 0 (normal) to 9 (first). Default 0. */
  readonly priority: number;
  /** Jobs go to `queue__domain`, and this worker serves that queue. Default none. */
  readonly domain: string | undefined;
  /** Jobs of this task at once in one worker. Default `Infinity`: limited only by the worker's concurrency. */
  readonly concurrency: number;
  /** Jobs of this task started in a second by one worker. Default `Infinity`: no limit. */
  readonly ratePerSecond: number;
  /** The same for all workers of its queue together, each an equal share. Default `Infinity`: no limit. */
  readonly sharedRatePerSecond: number;
  /** Time between two receives on its idle queue. Default `Infinity`: the worker waits at the broker instead. */
  readonly pollIntervalMs: number;
  /** Whether workers leave its jobs in the queue. Default false. */
  readonly isPaused: boolean | (() => boolean);
  /** Whether the log of a failed run contains the parameters. Default false. */
  readonly logParams: boolean;
  /** Whether the event of an enqueue contains the parameters. Default false. */
  readonly monitorParams: boolean;
  /** Whether a worker refuses jobs with unknown names (`strict`, the default), or drops those names. */
  readonly compat: "strict" | "additive";
  /** Whether a job with an unknown signature is held for a newer worker (`hold`, the default), or is a dead letter. */
  readonly onMismatch: "hold" | "dead";
}

/** A value and its source. */
export interface Explained {
  /** The setting's key: `worker.concurrency`, `tasks.my_task.timeout`. */
  readonly key: string;
  readonly value: unknown;
  readonly layer: ConfigLayerName;
  /** The flag, variable or file and line it was written in; absent for defaults. */
  readonly where?: string;
  /** The values that it overrides, strongest first. */
  readonly shadowed: readonly {
    readonly value: unknown;
    readonly layer: ConfigLayerName;
    readonly where?: string;
  }[];
}

/** Values of the settings outside of any section. */
export interface RootSettings {
  /** Prefix of every queue name on the broker. Default empty. */
  readonly queuePrefix: string;
  /** The broker in flags, environment or file, as written: a kind, a key or a URL. `undefined`: the app's own. */
  readonly broker: string | undefined;
  /**
   * The result store in flags, environment or file, as written: a kind or a URL. `undefined`: the app's own, if any.
   */
  readonly results: string | undefined;
  /**
   * The history store in flags, environment or file, as written: a kind, a URL or `off`. `undefined`: the app's own, if
   * any.
   */
  readonly history: string | undefined;
  /** Version of the application, as `jobs workers` shows it. */
  readonly release: string | undefined;
  /** Queue to which producers and workers send their events; `undefined`: none. */
  readonly monitor: string | undefined;
  /** Whether an enqueue resolves only when its event is in the monitor's queue. Default false. */
  readonly isMonitorStrict: boolean;
  /** Whether results may be on this machine only, although other machines see the broker. Default false. */
  readonly isLocalResultsAllowed: boolean;
}

/** All settings of an app, layered: flag > environment > file > constructor > default, the same for every setting. */
export interface AppConfig extends RootSettings {
  readonly worker: WorkerSettings;
  /** The settings of a task: its own, then those of `tasks.DEFAULT`, layer by layer. */
  task(name: string): TaskSettings;
  /** The value, its source and what it overrides. @throws ConfigError for an unknown key, with a suggestion. */
  explain(key: string): Explained;
  /** Every setting with its source, sorted by key. */
  entries(): readonly Explained[];
  /** One warning for each unknown key or variable, with a suggestion. To be shown once. */
  readonly warnings: readonly string[];
  /** The layers behind this configuration. Resolve them again with further layers to add flags or a file. */
  readonly layers: readonly ConfigLayer[];
}
