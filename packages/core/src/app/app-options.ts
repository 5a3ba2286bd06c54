import type { Broker } from "../broker/broker.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { ConfigLayer } from "../config/config-layer.ts";
import type { Routes } from "../config/route-task.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Middleware, TaskExecutor } from "../job/executor.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { Instrumentation } from "../job/instrumentation.ts";
import type { Observer } from "../job/lifecycle.ts";
import type { OnError } from "../job/on-error.ts";
import { type OptionRule, optionsCheck, required } from "../options/check-options.ts";
import {
  boolean,
  broker,
  clock,
  either,
  func,
  having,
  historyStore,
  listOf,
  mapOf,
  nested,
  object,
  queueName,
  resultStore,
  task,
  text,
  textOrEmpty,
} from "../options/option-rules.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { RuntimeParts } from "../runtime/runtime.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Task } from "../task/task.ts";
import { WORKER_SETTING_RULES, type WorkerOptions } from "../worker/worker.ts";

/** Handlers made by `handle`, one by one or in lists. */
export type HandlerLists = readonly (BoundHandler | readonly BoundHandler[])[];

/** The options of an application. Settings here override only the defaults. */
export interface AppOptions<Tasks extends readonly Task[]> {
  /** The contracts of this app. */
  readonly tasks: Tasks;
  /** Their handlers, as `handle(…)` returns them; left out in a producer. */
  readonly handlers?: HandlerLists;
  /** Left out when flags, environment or a configuration file supply it. */
  readonly broker?: Broker;
  /** Where results are kept. Default: nowhere. */
  readonly results?: ResultStore;
  /** Where producers and workers write what happens to jobs, see `app.history`. Default: nowhere. */
  readonly history?: HistoryStore;
  /**
   * States that all producers and workers run on this machine. Results may then be on this machine, although the
   * broker is on a network. Default false: then such a store causes a warning, and its coordination store is not
   * used.
   */
  readonly allowLocalResults?: boolean;
  /** Jobs that are due repeatedly; this app's workers send them. */
  readonly schedules?: readonly Schedule[];
  /**
   * Whether there are also schedules made at run time, by `app.schedules.set`. Workers then read them every 10 s. Default
   * false.
   */
  readonly storedSchedules?: boolean;
  /** Prefix of every queue name on the broker. Default: none. */
  readonly queuePrefix?: string;
  /** Version of the application, shown by `jobs workers`. Default: none. */
  readonly release?: string;
  /** Queue to which producers and workers send their events, for `jobs monitor`. Default: none. */
  readonly monitor?: string;
  /**
   * Whether an enqueue resolves only when the monitor's queue has its event. It is slower, but no event is missed.
   * Default false.
   */
  readonly monitorStrict?: boolean;
  /**
   * Queues of the application, also those that it only sends to, for `app.queues`. A task without a queue and a
   * matching route uses the first dotted part of its name. So `export.shp` goes to `export`, if that is in this list.
   * Default none.
   */
  readonly queues?: readonly string[];
  /**
   * Queues by patterns of task names, `{ "export.*": "export" }`, for tasks that name no queue. The first match counts.
   */
  readonly routes?: Routes;
  /** Settings of this app's workers. */
  readonly worker?: Omit<WorkerOptions, "until" | "ownsProcess" | "broker" | "identity">;
  /** Wraps every run. Default: a plain `TaskExecutor`. */
  readonly executor?: TaskExecutor;
  /** Plain middleware around every run, the first outermost, inside the executor. */
  readonly around?: readonly Middleware[];
  /** Called with every event. Default: none. */
  readonly observers?: readonly Observer[];
  /** Calls around sends, runs and log lines, such as those of `@jobs/opentelemetry`. Default: none. */
  readonly instrumentation?: Instrumentation;
  /**
   * Called once with each error that people should know. These are failed runs, dead letters, outages, and errors
   * outside of jobs, in hooks and in observers. Default: they are only logged.
   */
  readonly onError?: OnError;
  /** Replaces clock, randomness, ids or logger. Default: those of the machine. */
  readonly runtime?: RuntimeParts;
  /** Sources of settings stronger than these options, see `environmentLayer`. Default: none; the CLI adds its own. */
  readonly settings?: readonly ConfigLayer[];
}

/** Replacements for parts of a definition or an app. */
export interface AppReplacements {
  readonly broker?: Broker;
  readonly results?: ResultStore;
  /** `false`: no history. */
  readonly history?: HistoryStore | false;
  readonly config?: AppConfig;
  /** Added to its own; one with the same name replaces it. */
  readonly schedules?: readonly Schedule[];
  /** Parts that are left out stay. */
  readonly runtime?: RuntimeParts;
  /** They replace its own handlers of the same tasks; all other handlers stay. */
  readonly handlers?: HandlerLists;
}

const HANDLER: OptionRule = { expected: "a handler made by handle(task, fn)", accepts: isHandler };

const HANDLER_LIST = listOf("handlers made by handle(task, fn)", HANDLER);

const HANDLERS = listOf("handlers made by handle(task, fn)", {
  ...HANDLER,
  accepts: (value) => isHandler(value) || HANDLER_LIST.accepts(value),
  ...(HANDLER_LIST.wrongElement && { wrongElement: HANDLER_LIST.wrongElement }),
});

/** Parts of a runtime. */
export const RUNTIME = nested(
  optionsCheck<RuntimeParts>({
    clock,
    random: func,
    ids: func,
    logger: having("a logger with debug, info, warn and error", "debug", "info", "warn", "error"),
  }),
);

const SCHEDULES = listOf("schedules made by defineSchedule", {
  expected: "a schedule made by defineSchedule",
  accepts: (value) => typeof value === "object" && value !== null && "cadence" in value,
});

/** Sources of settings. */
export const LAYERS = listOf("sources of settings", {
  ...object,
  expected: "a source of settings, such as environmentLayer(process.env)",
});

/** Checks the options of `createApp`. */
export const checkAppOptions = optionsCheck<AppOptions<readonly Task[]>>({
  tasks: required(listOf("tasks made by defineTask", task)),
  handlers: HANDLERS,
  broker,
  results: resultStore,
  history: historyStore,
  allowLocalResults: boolean,
  schedules: SCHEDULES,
  storedSchedules: boolean,
  queuePrefix: textOrEmpty,
  release: text,
  monitor: text,
  monitorStrict: boolean,
  queues: listOf("queue names", queueName),
  routes: mapOf("queue names by pattern", text),
  worker: nested(optionsCheck<NonNullable<AppOptions<readonly Task[]>["worker"]>>(WORKER_SETTING_RULES)),
  executor: having("a TaskExecutor", "context", "onStart", "onSuccess", "onFailure"),
  around: listOf("functions", func),
  observers: listOf("functions", func),
  instrumentation: func,
  onError: func,
  runtime: RUNTIME,
  settings: LAYERS,
});

/** Checks the options of `app.with`. */
export const checkReplacements = optionsCheck<AppReplacements>({
  broker,
  results: resultStore,
  history: either(historyStore, { expected: "false", accepts: (value) => value === false }),
  config: having("settings made by resolveConfig", "task", "explain", "entries"),
  schedules: SCHEDULES,
  runtime: RUNTIME,
  handlers: HANDLERS,
});

function isHandler(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("run" in value) || !("task" in value)) return false;
  return typeof value.run === "function" && task.accepts(value.task);
}
