import type { Broker } from "../broker/broker.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { ConfigLayer } from "../config/config-layer.ts";
import type { Routes } from "../config/route-task.ts";
import type { Middleware, TaskExecutor } from "../job/executor.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { Observer } from "../job/lifecycle.ts";
import type { OnError } from "../job/on-error.ts";
import { type OptionRule, optionsCheck, required } from "../options/check-options.ts";
import {
  boolean,
  broker,
  clock,
  func,
  having,
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

/** Handlers as `handle` makes them, in lists of one level. */
export type HandlerLists = readonly (BoundHandler | readonly BoundHandler[])[];

/** What an application says about itself. Settings given here are the weakest but for the defaults. */
export interface AppOptions<Tasks extends readonly Task[]> {
  /** The contracts this app knows. */
  readonly tasks: Tasks;
  /** What runs them; left out in a producer. Lists of `handle(…)`, nested as they come. */
  readonly handlers?: HandlerLists;
  /** Left out where flags, environment or a configuration file supply it. */
  readonly broker?: Broker;
  /** Where results are kept. Default: nowhere. */
  readonly results?: ResultStore;
  /**
   * Says that all producers and workers run on this machine, so that results may lie on it alone although the broker is
   * on a network. Default false: then such a store is warned of, and its marks are not used.
   */
  readonly allowLocalResults?: boolean;
  /** Jobs that are due again and again; this app's workers see to them. */
  readonly schedules?: readonly Schedule[];
  /** Put before every queue name on the broker. */
  readonly queuePrefix?: string;
  /** Version of the application, shown by `jobs workers`. Default: none. */
  readonly release?: string;
  /** Queue to which producers and workers report what happens, for `jobs monitor`. Default: none, nothing is reported. */
  readonly monitor?: string;
  /** Whether an enqueue is answered only when the monitor's queue has its event: slower, and nothing is missed. Default false. */
  readonly monitorStrict?: boolean;
  /**
   * Queues of the application, also those that it only sends to, for `app.queues`. A task that names no queue goes to the
   * one of the first dotted part of its name, `export.shp` to `export`, where it is among them and no route fits. Default none.
   */
  readonly queues?: readonly string[];
  /** Queues by patterns of task names, `{ "export.*": "export" }`, for tasks that name no queue themselves; the first that fits counts. */
  readonly routes?: Routes;
  /** Settings of this app's workers. */
  readonly worker?: Omit<WorkerOptions, "until" | "ownsProcess" | "identity">;
  /** Wraps every run. */
  readonly executor?: TaskExecutor;
  /** Plain middleware around every run, the first outermost, inside the executor. */
  readonly around?: readonly Middleware[];
  /** Looks at everything that happens. */
  readonly observers?: readonly Observer[];
  /**
   * Hears of errors that people should know, each once: failed runs, dead letters, code outside any job, outages of broker,
   * stores and monitor, hooks and observers that threw. Default: none, they are only logged.
   */
  readonly onError?: OnError;
  /** Replaces clock, randomness, ids or logger. */
  readonly runtime?: RuntimeParts;
  /** Sources of settings stronger than these options, see `environmentLayer`. Default: none; the CLI adds its own. */
  readonly settings?: readonly ConfigLayer[];
}

/** What a definition or an app may have instead of what it is made from. */
export interface AppReplacements {
  readonly broker?: Broker;
  readonly results?: ResultStore;
  readonly config?: AppConfig;
  /** Beside its own; one of the same name takes the place of that one. */
  readonly schedules?: readonly Schedule[];
  /** Parts that are left out stay. */
  readonly runtime?: RuntimeParts;
  /** Stand-ins: for their tasks they take the place of its own handlers; all other handlers stay. */
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

/** Checks what `createApp` takes. */
export const checkAppOptions = optionsCheck<AppOptions<readonly Task[]>>({
  tasks: required(listOf("tasks made by defineTask", task)),
  handlers: HANDLERS,
  broker,
  results: resultStore,
  allowLocalResults: boolean,
  schedules: SCHEDULES,
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
  onError: func,
  runtime: RUNTIME,
  settings: LAYERS,
});

/** Checks what `app.with` takes. */
export const checkReplacements = optionsCheck<AppReplacements>({
  broker,
  results: resultStore,
  config: having("settings made by resolveConfig", "task", "explain", "entries"),
  schedules: SCHEDULES,
  runtime: RUNTIME,
  handlers: HANDLERS,
});

function isHandler(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("run" in value) || !("task" in value)) return false;
  return typeof value.run === "function" && task.accepts(value.task);
}
