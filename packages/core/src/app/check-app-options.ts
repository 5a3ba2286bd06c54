import { type OptionRule, type OptionRules, optionsCheck, required } from "../options/check-options.ts";
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
import type { RuntimeParts } from "../runtime/runtime.ts";
import type { Task } from "../task/task.ts";
import { WORKER_SETTING_RULES } from "../worker/worker.ts";
import type { AppOverrides, AppReplacements } from "./app.ts";
import type { AppOptions } from "./app-options.ts";

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

const OVERRIDES: OptionRules<AppOverrides> = {
  broker,
  results: resultStore,
  config: having("settings made by resolveConfig", "task", "explain", "entries"),
  schedules: SCHEDULES,
  runtime: RUNTIME,
};

/** Checks what `app.configure` takes. */
export const checkOverrides = optionsCheck<AppOverrides>(OVERRIDES);

/** Checks what `app.with` takes. */
export const checkReplacements = optionsCheck<AppReplacements>({ ...OVERRIDES, handlers: HANDLERS });

function isHandler(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("run" in value) || !("task" in value)) return false;
  return typeof value.run === "function" && task.accepts(value.task);
}
