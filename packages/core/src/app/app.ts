import type { Broker, BrokerQueue } from "../broker/broker.ts";
import type { QueueStats } from "../broker/queue-stats.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { JobExplanation, QueueExplanation } from "../explain/explanation.ts";
import type { CancelOutcome } from "../flow/cancel-job.ts";
import type { Flow } from "../flow/flow.ts";
import type { StartedFlow, StartOptions } from "../flow/start-flow.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Enqueue, EnqueuedJob, EnqueueItem, EnqueueOptions, EnqueueResult } from "../job/enqueue.ts";
import type { Observer } from "../job/lifecycle.ts";
import type { ResultOptions } from "../results/await-result.ts";
import type { JobLogLines } from "../results/job-log-store.ts";
import type { JobResult, ResultStore } from "../results/result-store.ts";
import type { Schedules } from "../schedule/schedules.ts";
import type { CheckedJobs, CheckJobsOptions } from "../stored/check-jobs.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task, TaskInput } from "../task/task.ts";
import type { WorkerPresence } from "../worker/presence/heartbeat.ts";
import type { Worker, WorkerOptions } from "../worker/worker.ts";
import type { AppDefinition } from "./app-definition.ts";
import type { AppReplacements } from "./app-options.ts";
import type { WhyOptions } from "./explain-sources.ts";
import type { PauseOptions } from "./pause-options.ts";
import type { Rehearsal, RehearsedJob } from "./rehearse.ts";

/**
 * One application: its tasks, its broker, its settings. Created by `createApp`. Properties open nothing: the first call
 * that needs the broker opens the app, and `close` ends it for good.
 */
export interface App<Tasks extends readonly Task[] = readonly Task[]> {
  /** The frozen definition that this app opens with. */
  readonly definition: AppDefinition;
  /** The tasks by name, with suggestions for similar names. */
  readonly tasks: TaskRegistry;
  /** The current settings, each with its source. */
  readonly config: AppConfig;
  /** Typed by the contract. See {@link Enqueue}. */
  readonly enqueue: Enqueue;
  /** Typed by the list of tasks, for code that has only the name. */
  enqueueByName<Name extends Tasks[number]["name"]>(
    name: Name,
    params: TaskInput<Extract<Tasks[number], { name: Name }>>,
    options?: EnqueueOptions,
  ): Promise<EnqueuedJob>;
  /** Sends many with few round trips. Result i answers item i, and a bad item never stops the others. */
  enqueueMany(items: readonly EnqueueItem[]): Promise<readonly EnqueueResult[]>;
  /**
   * Starts a flow, see `chain` and `group`. All its jobs are checked before the first is sent.
   * @throws as {@link Enqueue} · ConfigError for a group without a result store
   */
  start(flow: Flow, options?: StartOptions): Promise<StartedFlow>;
  /**
   * Cancels a job, or a flow with all its jobs, by id. The id stays cancelled for 14 days. Waiting jobs do not start, a
   * running handler's `ctx.signal` aborts, and a flow does not continue. An id of which the broker shows no job is
   * `not_found`; where it cannot show all jobs, it is `requested`.
   * @throws UnsupportedError when neither result store nor broker has a coordination store, and no job with this id
   * waits
   */
  cancel(id: string): Promise<CancelOutcome>;
  /** Manages the schedules of this app, see `defineSchedule`. Its calls open the app. */
  readonly schedules: Schedules;
  /**
   * A worker on this app's broker; start it with `run()`.
   * @throws ConfigError for options that cannot be used, or without a broker
   */
  worker(options?: WorkerOptions): Worker;
  /**
   * The running workers of this app's queues, by identity, see {@link WorkerPresence}.
   * @throws UnsupportedError where neither the result store nor the broker has a coordination store · BrokerUnavailableError
   */
  workers(): Promise<readonly WorkerPresence[]>;
  /**
   * Whether all running workers of a task's queue have this task with the names and types that it has here. A producer
   * may ask before it sends a new form. It is `false` where no worker runs, or where one does not say what it accepts.
   * Such a worker is of an earlier release, or has more tasks than it announces. Rules in code are not compared.
   * @throws UnsupportedError where neither the result store nor the broker has a coordination store · BrokerUnavailableError
   */
  isAcceptedByAll(task: Task): Promise<boolean>;
  /**
   * The result of a job, see {@link JobResult}; `undefined` when none is kept: not yet, not any more, or never.
   * @throws ConfigError without a result store · BrokerUnavailableError when the store does not answer
   */
  result(id: string, options?: ResultOptions): Promise<JobResult | undefined>;
  /**
   * The kept `ctx.log` lines of a job: 100 lines of each of its last 10 runs. They are kept as long as results.
   * @throws UnsupportedError where neither the result store nor the broker has a coordination store
   */
  jobLog(id: string): Promise<JobLogLines>;
  /**
   * Runs one job in this process without a broker: same checks, same context, no retries. Resolves with the handler's
   * result.
   * @throws what the handler throws · SignatureError · NotJsonError · MissingHandlerError · JobTimeoutError
   */
  run(name: string, params: unknown): Promise<unknown>;
  /**
   * Runs a stored or recorded job in this process, as a worker would, without settling it or keeping its result. What
   * its handler does is real. `dryRun` makes an app that records what a handler enqueues instead of sending it.
   * @throws ConfigError for a job that cannot be run · UnknownTaskError · MissingHandlerError
   */
  rehearse(job: RehearsedJob): Promise<Rehearsal>;
  /**
   * The checked broker queue of a name without prefix, for stats and administration.
   * @throws ConfigError for a name that cannot be used · QueueNotFoundError · BrokerUnavailableError
   */
  queue(name: string): Promise<BrokerQueue>;
  /**
   * Stops deliveries of a queue (name without prefix) to every worker; sends continue. If the broker cannot pause, an
   * entry does it, which workers read within some seconds.
   * @throws UnsupportedError where there is no coordination store either
   */
  pause(name: string, options?: PauseOptions): Promise<void>;
  /** Undoes {@link App.pause}. */
  resume(name: string): Promise<void>;
  /** Numbers of a queue, and whether the broker or an entry pauses it. */
  stats(name: string): Promise<QueueStats>;
  /**
   * Why a job is where it is: one cause with all that was read for it, see {@link JobExplanation}. It changes nothing.
   * A job of a broker that shows no waiting jobs may be `unknown`.
   * @throws QueueNotFoundError · BrokerUnavailableError
   */
  why(id: string, options?: WhyOptions): Promise<JobExplanation>;
  /**
   * The same for a queue (name without prefix): why its jobs do not start, or that they do.
   * @throws ConfigError for a name that cannot be used · QueueNotFoundError · BrokerUnavailableError
   */
  whyQueue(name: string): Promise<QueueExplanation>;
  /**
   * Whether this release would run the jobs that wait, before it is deployed: the checks of its workers over all stored
   * jobs and schedules. It runs none, and the code of schemas runs for each. See {@link CheckedJobs}.
   * @throws UnsupportedError for a queue whose jobs cannot be read · QueueNotFoundError · BrokerUnavailableError
   */
  checkJobs(options?: CheckJobsOptions): Promise<CheckedJobs>;
  /** Names of all queues this app sends to, without prefix, sorted. */
  readonly queues: readonly string[];
  /** The broker, if it has one. Reading this opens nothing. */
  readonly broker: Broker | undefined;
  /** The result store, if any. */
  readonly results: ResultStore | undefined;
  /** The history of its jobs, if any: lists, timelines, events and totals. Reading it opens no broker. */
  readonly history: HistoryStore | undefined;
  /** Adds an observer of all events; call the result to remove it. */
  observe(observer: Observer): () => void;
  /**
   * A new app with the same parts, some of them replaced. This one does not change, even when it is open. For tests
   * of an app in a module that other tests share.
   * @throws ConfigError for replacements that cannot be used
   */
  with(replacements: AppReplacements): App<Tasks>;
  /**
   * Resolves when the broker answers for the app's queues: call it once at start to fail early.
   * @throws QueueNotFoundError · AccessDeniedError · BrokerUnavailableError
   */
  ready(): Promise<void>;
  /**
   * Stops the workers of this app as `worker.stop` does, then closes an open broker, result and history store, within a time limit.
   * A closed app cannot be opened again. Do not await it in a handler: it waits for the handlers.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
