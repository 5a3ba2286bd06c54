import type { Broker } from "../broker/broker.ts";
import type { WorkerSettings } from "../config/app-config.ts";
import { CODEC_NAMES } from "../envelope/codecs/codecs.ts";
import { type OptionRule, type OptionRules, optionsCheck, required } from "../options/check-options.ts";
import { boolean, having, listOf, ms, number, oneOf, text, whole } from "../options/option-rules.ts";
import type { StopCause, WorkerReport } from "./worker-report.ts";

/** Options of one worker. Defaults come from the app's configuration. */
export interface WorkerOptions extends Partial<Omit<WorkerSettings, "queues">> {
  /** Queues to serve: names without prefix, `mail:3` for a weight of 3. Default: all queues of tasks with a handler. */
  readonly queues?: readonly string[];
  /** When to end without a request. Default: never. */
  readonly until?: StopCondition;
  /** Whether `run()` listens to SIGTERM, SIGINT and SIGHUP and watches for uncaught errors. Default true. */
  readonly ownsProcess?: boolean;
  /**
   * Reads the queues of this broker in place of the app's, such as the one that the app had before. What handlers enqueue
   * goes to the app's broker; a flow ends where it began. You close it. It sends no jobs of schedules. Default: the
   * app's broker.
   */
  readonly broker?: Broker;
  /** Name of this worker in events and logs. Default `host:pid:random`. */
  readonly identity?: string;
}

/** When a worker ends without a request. */
export type StopCondition =
  /** Its queues have no ready, delayed or leased jobs. */
  | { readonly type: "drained" }
  /** The jobs of one receive from each queue are done, or none was ready. */
  | { readonly type: "once" }
  /** Nothing was ready for this long, in ms. */
  | { readonly type: "idle"; readonly forMs: number }
  /** This many jobs have been settled. */
  | { readonly type: "settled"; readonly jobs: number };

/** Rules for a worker that others stop. The settings check the limits. */
export const WORKER_SETTING_RULES: OptionRules<
  Omit<WorkerOptions, "until" | "ownsProcess" | "broker" | "identity">
> = {
  queues: listOf("queue names", text),
  concurrency: number,
  leaseMs: number,
  shutdownTimeoutMs: number,
  startTimeoutMs: number,
  waitMs: number,
  isStrictOrder: boolean,
  isScheduling: boolean,
  maxCrashes: number,
  resultTtlMs: number,
  historyTtlMs: number,
  historyMaxJobs: number,
  jobLog: text,
  onExhausted: text,
  codecs: listOf(`codecs (${CODEC_NAMES.join(", ")})`, oneOf(...CODEC_NAMES)),
};

/** The field of each kind of stop condition. */
const STOP_LIMITS: {
  readonly [Type in StopCondition["type"]]: OptionRules<Omit<Extract<StopCondition, { type: Type }>, "type">>;
} = { drained: {}, once: {}, idle: { forMs: required(ms()) }, settled: { jobs: required(whole(1)) } };

const STOP_CONDITION: OptionRule = {
  expected: '{ type: "drained" }, { type: "once" }, { type: "idle", forMs } or { type: "settled", jobs }',
  accepts: isStopCondition,
};

/** Rules of a worker that another package runs in a separate process. */
export const WORKER_RULES: OptionRules<Omit<WorkerOptions, "ownsProcess" | "broker" | "identity">> = {
  ...WORKER_SETTING_RULES,
  until: STOP_CONDITION,
};

/** Checks the options of `app.worker`. */
export const checkWorkerOptions = optionsCheck<WorkerOptions>({
  ...WORKER_RULES,
  ownsProcess: boolean,
  broker: having("a broker", "openQueue", "openConsumer"),
  identity: text,
});

/** Takes jobs from queues and runs them. One use: after it has stopped, create another. */
export interface Worker {
  readonly identity: string;
  /**
   * Starts, and resolves after a graceful stop of any cause.
   * @throws MissingHandlerError · ConfigError · QueueNotFoundError · AccessDeniedError: it cannot start.
   * @throws BrokerUnavailableError when the broker stays away at start.
   */
  run(): Promise<WorkerReport>;
  /** Starts the graceful stop; may be called at any time and repeatedly. Resolves like `run`. */
  stop(cause?: StopCause): Promise<WorkerReport>;
  /** Aborts every handler, then releases all jobs and closes, each in 2 s at most. */
  force(): Promise<WorkerReport>;
  /** Its current state. */
  readonly state: "new" | "starting" | "running" | "draining" | "stopped";
  /** Whether it takes jobs: false while starting, draining, while the broker is away, or while all slots are {@link delayed}. */
  readonly isReady: boolean;
  /** Jobs in handlers now. */
  readonly running: number;
  /**
   * Jobs that left this worker by a confirmed settlement, however they ended: succeeded, retried, dead, cancelled,
   * postponed or released. `until: { type: "settled" }`, `--max-jobs` and the limits of a host all count this.
   */
  readonly settled: number;
  /** Jobs that are done and hold their slot because their result or the flow's next job does not get through. */
  readonly delayed: number;
  /** Handlers that do not return although their time is up; each holds its slot until it returns. */
  readonly stuck: number;
}

function isStopCondition(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  const { type, ...written } = value as Readonly<Record<string, unknown>>;
  const limits = Object.entries(STOP_LIMITS).find(([name]) => name === type)?.[1];
  if (limits === undefined) return false;
  const rules: readonly (readonly [string, OptionRule])[] = Object.entries(limits);
  return (
    Object.keys(written).length === rules.length && rules.every(([name, rule]) => rule.accepts(written[name]))
  );
}
