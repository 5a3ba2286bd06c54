import type { Broker } from "../broker/broker.ts";
import type { AppConfig } from "../config/app-config.ts";
import { constructorLayer } from "../config/constructor-layer.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { BoundHandler } from "../job/handler.ts";
import { createLifecycle, type Lifecycle } from "../job/lifecycle.ts";
import { type TellError, tellErrors } from "../job/on-error.ts";
import type { ResultStore } from "../results/result-store.ts";
import type { Logger } from "../runtime/logger.ts";
import { createRuntime, type Runtime } from "../runtime/runtime.ts";
import { checkSchedules } from "../schedule/check-schedules.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { createTaskRegistry } from "../task/create-task-registry.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import type { AppOverrides, AppReplacements } from "./app.ts";
import type { AppOptions } from "./app-options.ts";
import { observeErrors } from "./error-events.ts";
import { indexHandlers, replaceHandlers } from "./index-handlers.ts";
import { goLive, type LiveApp } from "./live-app.ts";

/** What an app is made of. It may be changed from outside until the app is used for the first time. */
export class Setup {
  readonly options: AppOptions<readonly Task[]>;
  readonly tasks: TaskRegistry;
  readonly handlers: ReadonlyMap<string, BoundHandler>;
  readonly lifecycle: Lifecycle;
  /** Calls the app's `onError`, where there is one. */
  readonly #tell: TellError | undefined;
  #runtime: Runtime;
  #config: AppConfig;
  #broker: Broker | undefined;
  #results: ResultStore | undefined;
  #schedules: readonly Schedule[];
  #live: LiveApp | undefined;

  /** @throws DuplicateTaskError · ConfigError */
  constructor(options: AppOptions<readonly Task[]>) {
    this.options = options;
    this.tasks = createTaskRegistry(options.tasks);
    this.handlers = indexHandlers(options.handlers ?? [], this.tasks);
    const { onError } = options;
    const warn: Logger["warn"] = (fields, message) => this.#runtime.limited.warn(fields, message);
    this.#tell = onError && tellErrors(onError, warn);
    this.#runtime = createRuntime(options.runtime, this.#tell);
    // Observers that fail are reported to whichever runtime is in force when it happens.
    this.lifecycle = createLifecycle((reported, message) => this.#runtime.report(reported, message, warn));
    for (const observer of options.observers ?? []) this.lifecycle.observe(observer);
    if (this.#tell !== undefined) this.lifecycle.observe(observeErrors(this.#tell));
    const { queuePrefix, release, monitor, monitorStrict, allowLocalResults } = options;
    const { queues, routes, worker, tasks } = options;
    const root = { queuePrefix, release, monitor, monitorStrict, allowLocalResults };
    this.#config = resolveConfig([
      ...(options.settings ?? []),
      constructorLayer({ ...root, queues, routes, worker, tasks }),
    ]);
    this.#broker = options.broker;
    this.#results = options.results;
    this.#schedules = options.schedules ?? [];
    checkSchedules(this.#schedules, this.tasks);
  }

  get runtime(): Runtime {
    return this.#runtime;
  }

  get config(): AppConfig {
    return this.#config;
  }

  get results(): ResultStore | undefined {
    return this.#results;
  }

  get schedules(): readonly Schedule[] {
    return this.#schedules;
  }

  /** The app in use: from here on nothing can be changed. @throws ConfigError when there is no broker. */
  use(): LiveApp {
    this.#live ??= goLive({
      broker: this.#broker,
      tasks: this.tasks,
      config: this.#config,
      lifecycle: this.lifecycle,
      runtime: this.#runtime,
      results: this.#results,
    });
    return this.#live;
  }

  /** @throws ConfigError once the app is in use · for schedules that cannot be */
  configure({ broker, results, config, schedules = [], runtime }: AppOverrides): void {
    if (this.#live !== undefined) {
      throw new ConfigError("the app is in use already and cannot be configured any more.", {
        hint: "Call configure before the first enqueue, worker or queue.",
      });
    }
    const replaced = new Set(schedules.map(({ name }) => name));
    const all = [...this.#schedules.filter(({ name }) => !replaced.has(name)), ...schedules];
    checkSchedules(all, this.tasks);
    this.#schedules = all;
    this.#broker = broker ?? this.#broker;
    this.#results = results ?? this.#results;
    this.#config = config ?? this.#config;
    this.#runtime = createRuntime({ ...this.#runtime, ...runtime }, this.#tell);
  }

  /** A copy that is not in use, with some parts replaced. @throws ConfigError */
  with({ handlers, ...overrides }: AppReplacements): Setup {
    const own = this.options.handlers ?? [];
    const copy = new Setup({ ...this.options, handlers: replaceHandlers(own, handlers ?? []) });
    copy.#broker = this.#broker;
    copy.#schedules = this.#schedules;
    copy.#results = this.#results;
    copy.#config = this.#config;
    copy.#runtime = this.#runtime;
    copy.configure(overrides);
    return copy;
  }

  /** Closes what was opened; bounded in time. */
  async close(): Promise<void> {
    const { reporter, deaths, jobLogs } = this.#live ?? {};
    await Promise.all([reporter?.close(), deaths?.close(), jobLogs?.keeper.close()]);
    await Promise.all([this.#live?.broker.close(), this.#results?.close()]);
  }
}
