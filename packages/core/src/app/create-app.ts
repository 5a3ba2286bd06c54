import type { Broker, BrokerQueue } from "../broker/broker.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { QueueStats } from "../broker/queue-stats.ts";
import type { AppConfig } from "../config/app-config.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { type CancelOutcome, cancelJob } from "../flow/cancel-job.ts";
import { startFlow } from "../flow/start-flow.ts";
import type { Enqueue } from "../job/enqueue.ts";
import type { Observer } from "../job/lifecycle.ts";
import { checkArgument } from "../options/check-options.ts";
import { func, text, textOrEmpty } from "../options/option-rules.ts";
import type { Producer } from "../producer/producer.ts";
import { awaitResult, checkResultOptions, type ResultOptions } from "../results/await-result.ts";
import type { JobLogLines } from "../results/job-log-store.ts";
import type { JobResult, ResultStore } from "../results/result-store.ts";
import { createSchedules, type Schedules } from "../schedule/schedules.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import { listWorkers, type WorkerPresence } from "../worker/presence/heartbeat.ts";
import { checkWorkerOptions, type Worker, type WorkerOptions } from "../worker/worker.ts";
import type { App, AppOverrides, AppReplacements } from "./app.ts";
import type { AppOptions } from "./app-options.ts";
import { checkAppOptions, checkOverrides, checkReplacements } from "./check-app-options.ts";
import { executionOf, makeWorker } from "./make-worker.ts";
import { isPausedByMark, pauseQueue, resumeQueue } from "./pause-queue.ts";
import { queuesOf } from "./queues-of.ts";
import { runInline } from "./run-inline.ts";
import { Setup } from "./setup.ts";

/**
 * Puts an application together: tasks, handlers, broker, settings. Nothing is opened before the first use.
 * @throws DuplicateTaskError · ConfigError
 */
export function createApp<const Tasks extends readonly Task[]>(options: AppOptions<Tasks>): App<Tasks> {
  checkAppOptions(options, "createApp");
  return new JobsApp(new Setup(options));
}

class JobsApp<Tasks extends readonly Task[]> implements App<Tasks> {
  readonly tasks: TaskRegistry;
  readonly #setup: Setup;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.tasks = setup.tasks;
  }

  get config(): AppConfig {
    return this.#setup.config;
  }

  get results(): ResultStore | undefined {
    return this.#setup.results;
  }

  get broker(): Broker {
    return this.#setup.use().broker;
  }

  get queues(): readonly string[] {
    return queuesOf(this.tasks, this.#setup.config, this.#setup.options.queues);
  }

  readonly enqueue: Enqueue = (task, params, options) =>
    asPromise(() => this.#setup.use().producer.enqueue(task as Task, params, options));

  enqueueByName: App<Tasks>["enqueueByName"] = (name, params, options) =>
    asPromise(() => this.#setup.use().producer.enqueue(name, params, options));

  start: App["start"] = (flow, options = {}) =>
    asPromise(() => {
      const { tasks, config, results, runtime } = this.#setup;
      const { producer, appCoordination } = this.#setup.use();
      const ttlMs = config.worker.resultTtlMs;
      return startFlow(flow, options, { producer, runtime, results, appCoordination, ttlMs, tasks, config });
    });

  enqueueMany: App["enqueueMany"] = (items) => asPromise(() => this.#setup.use().producer.enqueueMany(items));

  cancel(id: string): Promise<CancelOutcome> {
    return asPromise(() => {
      checkArgument(id, "app.cancel: the id", text);
      const { results, config, runtime } = this.#setup;
      const { appCoordination } = this.#setup.use();
      return cancelJob(id, {
        appCoordination,
        results,
        ttlMs: config.worker.resultTtlMs,
        queues: this.queues,
        openQueue: (name) => this.queue(name),
        now: runtime.clock.now,
      });
    });
  }

  get schedules(): Schedules {
    const { schedules, runtime } = this.#setup;
    const { appCoordination, producer } = this.#setup.use();
    return createSchedules({ schedules, appCoordination, producer, now: runtime.clock.now });
  }

  worker(options: WorkerOptions = {}): Worker {
    checkWorkerOptions(options, "app.worker");
    return makeWorker(options, this.#setup);
  }

  workers(): Promise<readonly WorkerPresence[]> {
    return asPromise(() => listWorkers(this.#setup.use().appCoordination));
  }

  async result(id: string, options: ResultOptions = {}): Promise<JobResult | undefined> {
    checkArgument(id, "app.result: the id", text);
    checkResultOptions(options, "app.result");
    const { results, runtime } = this.#setup;
    if (results === undefined) throw missingResults();
    return awaitResult(results, id, options, runtime);
  }

  jobLog(id: string): Promise<JobLogLines> {
    return asPromise(() => {
      checkArgument(id, "app.jobLog: the id", text);
      const { jobLogs, appCoordination } = this.#setup.use();
      if (jobLogs !== undefined) return jobLogs.store.read(id);
      const hint = "Give the app a result store, or look into the worker's own log.";
      throw appCoordination.refuse({ feature: "job log", message: "cannot keep lines of ctx.log", hint });
    });
  }

  async run(name: string, params: unknown): Promise<unknown> {
    checkArgument(name, "app.run: the task's name", textOrEmpty);
    const setup = this.#setup;
    const { runtime, lifecycle, handlers } = setup;
    const task = this.tasks.get(name);
    // Only a handler that enqueues needs a broker.
    const producer: Producer = {
      enqueue: (...job) => setup.use().producer.enqueue(...job),
      enqueueMany: (...items) => setup.use().producer.enqueueMany(...items),
      forward: (...job) => setup.use().producer.forward(...job),
    };
    const settings = setup.config.task(task.name);
    const execution = executionOf(setup);
    const parts = { runtime, producer, lifecycle, settings, execution, handler: handlers.get(task.name) };
    return runInline(task, params, parts);
  }

  queue(name: string): Promise<BrokerQueue> {
    return asPromise(() => {
      checkArgument(name, "the name of a queue", textOrEmpty);
      return this.#setup.use().openQueue(fullQueueName(this.#setup.config.queuePrefix, name));
    });
  }

  async pause(name: string): Promise<void> {
    await pauseQueue({
      name,
      queue: await this.queue(name),
      appCoordination: this.#setup.use().appCoordination,
    });
  }

  async resume(name: string): Promise<void> {
    await resumeQueue({
      name,
      queue: await this.queue(name),
      appCoordination: this.#setup.use().appCoordination,
    });
  }

  async stats(name: string): Promise<QueueStats> {
    const queue = await this.queue(name);
    const stats = await queue.stats();
    if (queue.capabilities.pause) return stats;
    return { ...stats, isPaused: await isPausedByMark(name, this.#setup.use().appCoordination.coordination) };
  }

  observe(observer: Observer): () => void {
    checkArgument(observer, "app.observe: the observer", func);
    return this.#setup.lifecycle.observe(observer);
  }

  configure(overrides: AppOverrides): void {
    checkOverrides(overrides, "app.configure");
    this.#setup.configure(overrides);
  }

  with(replacements: AppReplacements): App<Tasks> {
    checkReplacements(replacements, "app.with");
    return new JobsApp(this.#setup.with(replacements));
  }

  async ready(): Promise<void> {
    await Promise.all(this.queues.map((name) => this.queue(name)));
  }

  close(): Promise<void> {
    return this.#setup.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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
