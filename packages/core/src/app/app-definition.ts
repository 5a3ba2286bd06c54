import { type ValidatedBroker, validateBroker } from "../broker/broker-validator.ts";
import { routedQueue } from "../broker/queue-name.ts";
import type { AppConfig } from "../config/app-config.ts";
import { constructorLayer } from "../config/constructor-layer.ts";
import { resolveConfig } from "../config/precedence.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { validateHistory } from "../history/validate-history.ts";
import type { Middleware, TaskExecutor } from "../job/executor.ts";
import type { BoundHandler } from "../job/handler.ts";
import type { Instrumentation } from "../job/instrumentation.ts";
import type { Observer } from "../job/lifecycle.ts";
import type { OnError } from "../job/on-error.ts";
import type { ResultStore } from "../results/result-store.ts";
import { validateResults } from "../results/validate-results.ts";
import type { RuntimeParts } from "../runtime/runtime.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { checkSchedules } from "../schedule/schedule.ts";
import { createTaskRegistry } from "../task/create-task-registry.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import {
  type AppOptions,
  type AppReplacements,
  checkReplacements,
  type HandlerLists,
} from "./app-options.ts";

/** The parts of an app. It is frozen and opens nothing. The first call that needs a broker opens the app. */
export interface AppDefinition {
  readonly tasks: TaskRegistry;
  /** By the name of their task. */
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  /** The settings, each with its source. */
  readonly config: AppConfig;
  /** Names of all queues that the app sends to, without prefix, sorted. */
  readonly queues: readonly string[];
  /** The given broker with core's checks. `undefined`: the app cannot be opened. */
  readonly broker: ValidatedBroker | undefined;
  /** The given result store with core's checks. `undefined`: no results are kept. */
  readonly results: ResultStore | undefined;
  /** The given history store with core's checks. `undefined`: no events are kept. */
  readonly history: HistoryStore | undefined;
  readonly schedules: readonly Schedule[];
  readonly hasStoredSchedules: boolean;
  readonly executor: TaskExecutor | undefined;
  readonly around: readonly Middleware[];
  readonly observers: readonly Observer[];
  readonly instrumentation: Instrumentation | undefined;
  readonly onError: OnError | undefined;
  readonly runtime: RuntimeParts;
  /** A new definition with some parts replaced; this one does not change. @throws ConfigError */
  with(replacements: AppReplacements): AppDefinition;
}

type DefinitionParts = Omit<AppDefinition, "handlers" | "queues" | "with"> & {
  readonly handlers: readonly BoundHandler[];
  /** Queues besides those of the tasks. */
  readonly declaredQueues: readonly string[];
};

/** Creates a definition from the options of `createApp`. @throws DuplicateTaskError · ConfigError */
export function defineApp(options: AppOptions<readonly Task[]>): AppDefinition {
  const { queuePrefix, release, monitor, monitorStrict, allowLocalResults } = options;
  const { queues, routes, worker, tasks, settings = [] } = options;
  const { handlers = [], schedules = [], around = [], observers = [], runtime = {} } = options;
  const root = { queuePrefix, release, monitor, monitorStrict, allowLocalResults };
  return freeze({
    tasks: createTaskRegistry(tasks),
    handlers: handlers.flat(),
    config: resolveConfig([...settings, constructorLayer({ ...root, queues, routes, worker, tasks })]),
    declaredQueues: queues ?? [],
    broker: options.broker && validateBroker(options.broker),
    results: options.results && validateResults(options.results),
    history: options.history && validateHistory(options.history),
    schedules,
    hasStoredSchedules: options.storedSchedules ?? false,
    executor: options.executor,
    around,
    observers,
    instrumentation: options.instrumentation,
    onError: options.onError,
    runtime,
  });
}

function freeze(parts: DefinitionParts): AppDefinition {
  const { tasks, handlers, declaredQueues, schedules, around, observers, runtime, ...rest } = parts;
  checkSchedules(schedules, tasks);
  return Object.freeze({
    ...rest,
    tasks,
    handlers: indexHandlers(handlers, tasks),
    get queues() {
      return queuesOf(parts);
    },
    schedules: Object.freeze([...schedules]),
    around: Object.freeze([...around]),
    observers: Object.freeze([...observers]),
    runtime: Object.freeze({ ...runtime }),
    with(replacements: AppReplacements) {
      checkReplacements(replacements, "app.with");
      return freeze(replace(parts, replacements));
    },
  });
}

function replace(parts: DefinitionParts, replacements: AppReplacements): DefinitionParts {
  const { broker, results, history, config, schedules = [], runtime, handlers = [] } = replacements;
  const replaced = new Set(schedules.map(({ name }) => name));
  return {
    ...parts,
    broker: broker === undefined ? parts.broker : validateBroker(broker),
    results: results === undefined ? parts.results : validateResults(results),
    history: replacedHistory(parts.history, history),
    config: config ?? parts.config,
    schedules: [...parts.schedules.filter(({ name }) => !replaced.has(name)), ...schedules],
    runtime: { ...parts.runtime, ...runtime },
    handlers: replaceHandlers(parts.handlers, handlers),
  };
}

function replacedHistory(
  own: HistoryStore | undefined,
  given: AppReplacements["history"],
): HistoryStore | undefined {
  if (given === undefined) return own;
  return given === false ? undefined : validateHistory(given);
}

/** @throws ConfigError for a task with two handlers, or one that the app does not list */
function indexHandlers(
  handlers: readonly BoundHandler[],
  tasks: TaskRegistry,
): ReadonlyMap<string, BoundHandler> {
  const byTask = new Map<string, BoundHandler>();
  for (const handler of handlers) {
    const { name } = handler.task;
    if (tasks.find(name) !== handler.task) {
      throw new ConfigError(`a handler serves task "${name}", which is not in this app's tasks.`, {
        hint: "Add to createApp({ tasks }) the same task that the handler was made with.",
      });
    }
    if (byTask.has(name))
      throw new ConfigError(`task "${name}" has two handlers.`, { hint: "Remove one of them." });
    byTask.set(name, handler);
  }
  return byTask;
}

/** The handlers in `own`, except for tasks with a handler in `standIns`. */
function replaceHandlers(own: readonly BoundHandler[], standIns: HandlerLists): readonly BoundHandler[] {
  const flat = standIns.flat();
  const replaced = new Set(flat.map(({ task }) => task));
  return [...own.filter(({ task }) => !replaced.has(task)), ...flat];
}

/** Queues of the tasks, those that were declared, and the monitor's. */
function queuesOf({ tasks, config, declaredQueues }: DefinitionParts): readonly string[] {
  const names = tasks.tasks.map((task) => {
    const { queue, domain } = config.task(task.name);
    return routedQueue(queue, domain);
  });
  const { monitor } = config;
  return [...new Set([...names, ...declaredQueues, ...(monitor === undefined ? [] : [monitor])])].sort();
}
