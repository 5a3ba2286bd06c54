import type { Broker, BrokerQueue } from "../broker/broker.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { QueueStats } from "../broker/queue-stats.ts";
import { type CancelOutcome, cancelJob } from "../chain/cancel-job.ts";
import { startFlow } from "../chain/start-flow.ts";
import type { AppConfig } from "../config/app-config.ts";
import { constructorLayer } from "../config/constructor-layer.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { Enqueue } from "../job/enqueue.ts";
import type { BoundHandler } from "../job/handler.ts";
import { createLifecycle, type Observer } from "../job/lifecycle.ts";
import type { Producer } from "../producer/producer.ts";
import { awaitResult, type ResultOptions } from "../results/await-result.ts";
import type { JobResult, ResultStore } from "../results/result-store.ts";
import { createRuntime, type Runtime } from "../runtime/runtime.ts";
import { checkSchedules } from "../schedule/check-schedules.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { createSchedules, type Schedules } from "../schedule/schedules.ts";
import { createTaskRegistry } from "../task/create-task-registry.ts";
import type { Task } from "../task/task.ts";
import { listWorkers, type WorkerPresence } from "../worker/presence.ts";
import type { Worker, WorkerOptions } from "../worker/worker.ts";
import type { App, AppOverrides, AppReplacements } from "./app.ts";
import type { AppOptions } from "./app-options.ts";
import { indexHandlers, replaceHandlers } from "./index-handlers.ts";
import { goLive, type LiveApp } from "./live-app.ts";
import { executionOf, makeWorker } from "./make-worker.ts";
import { isPausedByMark, pauseQueue, resumeQueue } from "./pause-queue.ts";
import { queuesOf } from "./queues-of.ts";
import { runInline } from "./run-inline.ts";

/**
 * Puts an application together: tasks, handlers, broker, settings. Nothing is opened before the first use.
 * @throws DuplicateTaskError · ConfigError
 */
export function createApp<const Tasks extends readonly Task[]>(options: AppOptions<Tasks>): App<Tasks> {
  return new JobsApp(options);
}

class JobsApp<Tasks extends readonly Task[]> implements App<Tasks> {
  readonly tasks;
  readonly #options: AppOptions<Tasks>;
  readonly #handlers: ReadonlyMap<string, BoundHandler>;
  readonly #lifecycle;
  #runtime: Runtime;
  #config: AppConfig;
  #broker: Broker | undefined;
  #results: ResultStore | undefined;
  #schedules: readonly Schedule[];
  #live: LiveApp | undefined;

  constructor(options: AppOptions<Tasks>) {
    this.#options = options;
    this.tasks = createTaskRegistry(options.tasks);
    this.#handlers = indexHandlers(options.handlers ?? [], this.tasks);
    this.#runtime = createRuntime(options.runtime);
    // Observers that fail are reported to whichever logger is in force when it happens.
    this.#lifecycle = createLifecycle({
      debug: (fields, message) => this.#runtime.logger.debug(fields, message),
      info: (fields, message) => this.#runtime.logger.info(fields, message),
      warn: (fields, message) => this.#runtime.logger.warn(fields, message),
      error: (fields, message) => this.#runtime.logger.error(fields, message),
    });
    for (const observer of options.observers ?? []) this.#lifecycle.observe(observer);
    const { queuePrefix, release, monitor, routes, worker, tasks } = options;
    this.#config = resolveConfig([
      ...(options.settings ?? []),
      constructorLayer({ queuePrefix, release, monitor, routes, worker, tasks }),
    ]);
    this.#broker = options.broker;
    this.#results = options.results;
    this.#schedules = options.schedules ?? [];
    checkSchedules(this.#schedules, this.tasks);
  }

  get config(): AppConfig {
    return this.#config;
  }

  get results(): ResultStore | undefined {
    return this.#results;
  }

  get broker(): Broker {
    return this.#use().broker;
  }

  get queues(): readonly string[] {
    return queuesOf(this.tasks, this.#config);
  }

  readonly enqueue: Enqueue = (task, params, options) =>
    asPromise(() => this.#use().producer.enqueue(task as Task, params, options));

  enqueueByName: App<Tasks>["enqueueByName"] = (name, params, options) =>
    asPromise(() => this.#use().producer.enqueue(name, params, options));

  start: App["start"] = (flow, options = {}) =>
    asPromise(() => {
      const { producer } = this.#use();
      const hasResults = this.#results !== undefined;
      const { ids } = this.#runtime;
      return startFlow(flow, options, { producer, ids, hasResults, tasks: this.tasks, config: this.#config });
    });

  enqueueMany: App["enqueueMany"] = (items) => asPromise(() => this.#use().producer.enqueueMany(items));

  cancel(id: string): Promise<CancelOutcome> {
    return asPromise(() => {
      const { broker, marks } = this.#use();
      return cancelJob(id, {
        broker: broker.kind,
        marks,
        results: this.#results,
        ttlMs: this.#config.worker.resultTtlMs,
        queues: this.queues,
        openQueue: (name) => this.queue(name),
        now: this.#runtime.clock.now,
      });
    });
  }

  get schedules(): Schedules {
    const { broker, marks, producer } = this.#use();
    const { now } = this.#runtime.clock;
    return createSchedules({ schedules: this.#schedules, marks, producer, broker: broker.kind, now });
  }

  worker(options: WorkerOptions = {}): Worker {
    return makeWorker(options, {
      live: this.#use(),
      config: this.#config,
      runtime: this.#runtime,
      lifecycle: this.#lifecycle,
      tasks: this.tasks,
      handlers: this.#handlers,
      results: this.#results,
      schedules: this.#schedules,
      wrapping: this.#options,
    });
  }

  workers(): Promise<readonly WorkerPresence[]> {
    return asPromise(() => {
      const { marks, broker } = this.#use();
      return listWorkers(marks, broker.kind);
    });
  }

  async result(id: string, options: ResultOptions = {}): Promise<JobResult | undefined> {
    if (this.#results === undefined) throw missingResults();
    return awaitResult(this.#results, id, options, this.#runtime);
  }

  async run(name: string, params: unknown): Promise<unknown> {
    const runtime = this.#runtime;
    const task = this.tasks.get(name);
    const producer: Producer = {
      enqueue: (...job) => this.#use().producer.enqueue(...job),
      enqueueMany: (...items) => this.#use().producer.enqueueMany(...items),
      forward: (...job) => this.#use().producer.forward(...job),
    };
    return runInline(task, params, {
      runtime,
      producer,
      lifecycle: this.#lifecycle,
      settings: this.#config.task(task.name),
      handler: this.#handlers.get(task.name),
      execution: executionOf(this.#options, runtime),
    });
  }

  queue(name: string): Promise<BrokerQueue> {
    return asPromise(() => this.#use().openQueue(fullQueueName(this.#config.queuePrefix, name)));
  }

  async pause(name: string): Promise<void> {
    await pauseQueue({ name, queue: await this.queue(name), marks: this.#use().marks });
  }

  async resume(name: string): Promise<void> {
    await resumeQueue({ name, queue: await this.queue(name), marks: this.#use().marks });
  }

  async stats(name: string): Promise<QueueStats> {
    const queue = await this.queue(name);
    const stats = await queue.stats();
    if (queue.capabilities.pause) return stats;
    return { ...stats, isPaused: await isPausedByMark(name, this.#use().marks) };
  }

  observe(observer: Observer): () => void {
    return this.#lifecycle.observe(observer);
  }

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
    this.#runtime = createRuntime({ ...this.#runtime, ...runtime });
  }

  with({ handlers, ...overrides }: AppReplacements): App<Tasks> {
    const own = this.#options.handlers ?? [];
    const app = new JobsApp({ ...this.#options, handlers: replaceHandlers(own, handlers ?? []) });
    app.#broker = this.#broker;
    app.#schedules = this.#schedules;
    app.#results = this.#results;
    app.#config = this.#config;
    app.#runtime = this.#runtime;
    app.configure(overrides);
    return app;
  }

  async ready(): Promise<void> {
    await Promise.all(this.queues.map((name) => this.queue(name)));
  }

  async close(): Promise<void> {
    await Promise.all([this.#live?.reporter?.close(), this.#live?.deaths?.close()]);
    await Promise.all([this.#live?.broker.close(), this.#results?.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #use(): LiveApp {
    this.#live ??= goLive({
      broker: this.#broker,
      tasks: this.tasks,
      config: this.#config,
      lifecycle: this.#lifecycle,
      runtime: this.#runtime,
      results: this.#results,
    });
    return this.#live;
  }
}

function missingResults(): ConfigError {
  return new ConfigError("this app keeps no results.", {
    hint: "Pass a store to createApp({ results }), or name one by --results, JOBS_RESULTS or the configuration file.",
  });
}

/** What a call throws becomes a rejection: a function that gives a promise has one way to fail. */
function asPromise<T>(call: () => Promise<T>): Promise<T> {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error);
  }
}
