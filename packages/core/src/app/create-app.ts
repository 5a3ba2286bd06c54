import type { Broker, BrokerQueue } from "../broker/broker.ts";
import { fullQueueName } from "../broker/queue-name.ts";
import type { QueueStats } from "../broker/queue-stats.ts";
import type { AppConfig } from "../config/app-config.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { JobExplanation, QueueExplanation } from "../explain/explanation.ts";
import type { CancelOutcome } from "../flow/cancel-job.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { type Enqueue, refuseSharedOptions } from "../job/enqueue.ts";
import type { Observer } from "../job/lifecycle.ts";
import { checkArgument } from "../options/check-options.ts";
import { func, text, textOrEmpty } from "../options/option-rules.ts";
import { checkResultOptions, type ResultOptions } from "../results/await-result.ts";
import type { JobLogLines } from "../results/job-log-store.ts";
import type { JobResult, ResultStore } from "../results/result-store.ts";
import { loadPart } from "../runtime/load-part.ts";
import type { Schedules } from "../schedule/schedules.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import { listWorkers, type WorkerPresence } from "../worker/presence/heartbeat.ts";
import { checkWorkerOptions, type Worker, type WorkerOptions } from "../worker/worker.ts";
import type { App } from "./app.ts";
import { type AppDefinition, defineApp } from "./app-definition.ts";
import { type AppOptions, type AppReplacements, checkAppOptions } from "./app-options.ts";
import { appResult } from "./app-result.ts";
import { appSchedules } from "./app-schedules.ts";
import { AppState, BIND, type Replacement } from "./app-state.ts";
import { checkWhyOptions, explainSources, type WhyOptions } from "./explain-sources.ts";
import { makeWorker } from "./make-worker.ts";
import { checkPauseOptions, type PauseOptions, pauseNote } from "./pause-options.ts";
import { publicQueue } from "./public-queue.ts";
import type { Rehearsal, RehearsedJob } from "./rehearse.ts";
import { type AppSubstitute, IS_SUBSTITUTED, SUBSTITUTE } from "./substitute-app.ts";

/**
 * Creates an application from tasks, handlers, broker and settings. The first call that needs the broker opens it.
 * @throws DuplicateTaskError · ConfigError
 */
export function createApp<const Tasks extends readonly Task[]>(options: AppOptions<Tasks>): App<Tasks> {
  checkAppOptions(options, "createApp");
  return new JobsApp(defineApp(options));
}

/** Properties only read the definition; only calls open the app. */
class JobsApp<Tasks extends readonly Task[]> implements App<Tasks> {
  readonly tasks: TaskRegistry;
  readonly #own: AppState;
  /** Its own state, or that of a substitute. */
  #state: AppState;

  constructor(definition: AppDefinition) {
    this.#own = new AppState(definition);
    this.#state = this.#own;
    this.tasks = definition.tasks;
  }

  get definition(): AppDefinition {
    return this.#state.definition;
  }

  get config(): AppConfig {
    return this.definition.config;
  }

  get broker(): Broker | undefined {
    return this.definition.broker;
  }

  get results(): ResultStore | undefined {
    return this.definition.results;
  }

  get history(): HistoryStore | undefined {
    return this.definition.history;
  }

  get queues(): readonly string[] {
    return this.definition.queues;
  }

  readonly enqueue: Enqueue = (task, params, options) =>
    asPromise(() => this.#state.open("app.enqueue").producer.enqueue(task as Task, params, options));

  enqueueByName: App<Tasks>["enqueueByName"] = (name, params, options) =>
    asPromise(() => this.#state.open("app.enqueueByName").producer.enqueue(name, params, options));

  enqueueMany: App["enqueueMany"] = (items, ...more: readonly unknown[]) =>
    asPromise(() => {
      refuseSharedOptions(more);
      return this.#state.open("app.enqueueMany").producer.enqueueMany(items);
    });

  start: App["start"] = (flow, options = {}) =>
    asPromise(async () => {
      const { definition, ...open } = this.#state.open("app.start");
      const { tasks, config, results } = definition;
      const { startFlow } = await loadPart(() => import("../flow/start-flow.ts"));
      return startFlow(flow, options, { ...open, tasks, config, results, ttlMs: config.worker.resultTtlMs });
    });

  async cancel(id: string): Promise<CancelOutcome> {
    checkArgument(id, "app.cancel: the id", text);
    const { definition, appCoordination, runtime } = this.#state.open("app.cancel");
    const { results, config, queues } = definition;
    const { cancelJob } = await loadPart(() => import("../flow/cancel-job.ts"));
    return cancelJob(id, {
      appCoordination,
      results,
      ttlMs: config.worker.resultTtlMs,
      queues,
      openQueue: (name) => this.queue(name),
      now: runtime.clock.now,
    });
  }

  readonly schedules: Schedules = appSchedules((call) => this.#state.open(call));

  worker(options: WorkerOptions = {}): Worker {
    checkWorkerOptions(options, "app.worker");
    const app = this.#state.open("app.worker");
    const worker = makeWorker(options, app);
    this.#state.addWorker(worker);
    return worker;
  }

  workers(): Promise<readonly WorkerPresence[]> {
    return asPromise(() => listWorkers(this.#state.open("app.workers").appCoordination));
  }

  async isAcceptedByAll(task: Task): Promise<boolean> {
    const app = this.#state.open("app.isAcceptedByAll");
    const { isAcceptedByAll } = await loadPart(() => import("../worker/presence/acceptance.ts"));
    return isAcceptedByAll(task, app);
  }

  async result(id: string, options: ResultOptions = {}): Promise<JobResult | undefined> {
    checkArgument(id, "app.result: the id", text);
    checkResultOptions(options, "app.result");
    return appResult(this.#state, id, options);
  }

  jobLog(id: string): Promise<JobLogLines> {
    return asPromise(() => {
      checkArgument(id, "app.jobLog: the id", text);
      const { jobLogs, appCoordination } = this.#state.open("app.jobLog");
      if (jobLogs !== undefined) return jobLogs.store.read(id);
      const hint = "Give the app a result store, or look into the worker's own log.";
      throw appCoordination.refuse({ feature: "job log", message: "cannot keep lines of ctx.log", hint });
    });
  }

  async run(name: string, params: unknown): Promise<unknown> {
    checkArgument(name, "app.run: the task's name", textOrEmpty);
    const task = this.tasks.get(name);
    const state = this.#state;
    const { inlineParts, runInline } = await loadPart(() => import("./run-inline.ts"));
    return runInline(task, params, inlineParts(state, task, "app.run"));
  }

  async rehearse(job: RehearsedJob): Promise<Rehearsal> {
    const { tasks, config } = this;
    const state = this.#state;
    const { rehearseIn } = await loadPart(() => import("./rehearse.ts"));
    return rehearseIn(state, job, { tasks, config });
  }

  async queue(name: string): Promise<BrokerQueue> {
    return publicQueue(await this.#queue(name, "app.queue"));
  }

  async pause(name: string, options: PauseOptions = {}): Promise<void> {
    checkPauseOptions(options, "app.pause");
    const queue = await this.#queue(name, "app.pause");
    const { appCoordination, runtime } = this.#state.open("app.pause");
    const { pauseQueue } = await loadPauses();
    await pauseQueue({ name, queue, appCoordination }, pauseNote(options, runtime));
  }

  async resume(name: string): Promise<void> {
    const queue = await this.#queue(name, "app.resume");
    const { appCoordination } = this.#state.open("app.resume");
    const { resumeQueue } = await loadPauses();
    await resumeQueue({ name, queue, appCoordination });
  }

  async stats(name: string): Promise<QueueStats> {
    const queue = await this.#queue(name, "app.stats");
    const stats = await queue.stats();
    if (queue.capabilities.pause) return stats;
    const { coordination } = this.#state.open("app.stats").appCoordination;
    const { isPausedByEntry } = await loadPauses();
    return { ...stats, isPaused: await isPausedByEntry(name, coordination) };
  }

  async why(id: string, options: WhyOptions = {}): Promise<JobExplanation> {
    checkArgument(id, "app.why: the id", text);
    checkWhyOptions(options, "app.why");
    const sources = explainSources(this.#state.open("app.why"), options);
    const { explainJob } = await loadPart(() => import("../explain/explain-job.ts"));
    return explainJob(id, sources);
  }

  async whyQueue(name: string): Promise<QueueExplanation> {
    checkArgument(name, "the name of a queue", textOrEmpty);
    const sources = explainSources(this.#state.open("app.whyQueue"));
    const { explainQueue } = await loadPart(() => import("../explain/explain-queue.ts"));
    return explainQueue(name, sources);
  }

  checkJobs: App["checkJobs"] = async (options = {}) => {
    const state = this.#state;
    const { checkAppJobs } = await loadPart(() => import("./check-app-jobs.ts"));
    return checkAppJobs(() => state.open("app.checkJobs"), options);
  };

  observe(observer: Observer): () => void {
    checkArgument(observer, "app.observe: the observer", func);
    return this.#own.lifecycle.observe(observer);
  }

  with(replacements: AppReplacements): App<Tasks> {
    return new JobsApp(this.definition.with(replacements));
  }

  async ready(): Promise<void> {
    await Promise.all(this.queues.map((name) => this.#queue(name, "app.ready")));
  }

  close(): Promise<void> {
    return this.#state.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** `call` names the method that the program has called. The first one opens the app, and a late `bind` names it. */
  #queue(name: string, call: string): Promise<BrokerQueue> {
    return asPromise(() => {
      checkArgument(name, "the name of a queue", textOrEmpty);
      return this.#state.open(call).openQueue(fullQueueName(this.config.queuePrefix, name));
    });
  }

  get [IS_SUBSTITUTED](): boolean {
    return this.#state !== this.#own;
  }

  [BIND](definition: AppDefinition): void {
    this.#state.bind(definition);
  }

  [SUBSTITUTE](replacement: Replacement): AppSubstitute {
    const { openedBy, lifecycle } = this.#own;
    if (openedBy !== undefined) {
      throw new ConfigError(`${openedBy} has already opened the app with its own broker.`, {
        hint: "Replace what the app opens before its first call. Do not use the app while its module is loaded.",
      });
    }
    const substitute = new AppState(this.#state.given, replacement, lifecycle.publish);
    this.#state = substitute;
    return {
      observe: substitute.lifecycle.observe,
      close: () => substitute.close(),
      undo: () => {
        if (this.#state === substitute) this.#state = this.#own;
      },
    };
  }
}

/** Converts a throw to a rejection, since a function that returns a promise must only reject. */
function asPromise<T>(call: () => Promise<T>): Promise<T> {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Whoever only enqueues pauses nothing. */
function loadPauses(): Promise<typeof import("../worker/presence/cancel-and-pause.ts")> {
  return loadPart(() => import("../worker/presence/cancel-and-pause.ts"));
}
