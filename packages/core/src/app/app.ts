import type { Broker, BrokerQueue } from "../broker/broker.ts";
import type { QueueStats } from "../broker/queue-stats.ts";
import type { AppConfig } from "../config/app-config.ts";
import type { CancelOutcome } from "../flow/cancel-job.ts";
import type { Flow } from "../flow/flow.ts";
import type { StartedFlow, StartOptions } from "../flow/start-flow.ts";
import type { Enqueue, EnqueuedJob, EnqueueItem, EnqueueOptions, EnqueueResult } from "../job/enqueue.ts";
import type { Observer } from "../job/lifecycle.ts";
import type { ResultOptions } from "../results/await-result.ts";
import type { JobLogLines } from "../results/job-log-store.ts";
import type { JobResult, ResultStore } from "../results/result-store.ts";
import type { Schedules } from "../schedule/schedules.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task, TaskInput } from "../task/task.ts";
import type { WorkerPresence } from "../worker/presence/heartbeat.ts";
import type { Worker, WorkerOptions } from "../worker/worker.ts";
import type { AppDefinition } from "./app-definition.ts";
import type { AppReplacements } from "./app-options.ts";

/**
 * Everything of one application: its tasks, its broker, its settings. Created by `createApp`. No property opens anything:
 * the first call that needs the broker does, and `close` ends it for good.
 */
export interface App<Tasks extends readonly Task[] = readonly Task[]> {
  /** What this app is made of and opens with: frozen data. */
  readonly definition: AppDefinition;
  /** The tasks by name, with suggestions for names that are close. */
  readonly tasks: TaskRegistry;
  /** The settings in force, with where each comes from. */
  readonly config: AppConfig;
  /** Typed by the contract. See {@link Enqueue}. */
  readonly enqueue: Enqueue;
  /** Typed by the task list, for code that has only the name. */
  enqueueByName<Name extends Tasks[number]["name"]>(
    name: Name,
    params: TaskInput<Extract<Tasks[number], { name: Name }>>,
    options?: EnqueueOptions,
  ): Promise<EnqueuedJob>;
  /** Sends many in few round trips; result i answers item i, and one bad item never stops the others. */
  enqueueMany(items: readonly EnqueueItem[]): Promise<readonly EnqueueResult[]>;
  /**
   * Starts jobs that belong together, see `chain` and `group`: all of them are checked before the first is sent.
   * @throws as {@link Enqueue} · ConfigError for a group without a result store
   */
  start(flow: Flow, options?: StartOptions): Promise<StartedFlow>;
  /**
   * Cancels a job, or a flow with all its jobs, by id; an id that was cancelled stays so for 14 days. What waits does not
   * start, a running handler's `ctx.signal` aborts, and a flow goes on no further.
   * @throws UnsupportedError where neither result store nor broker has a coordination store and nothing of this id is waiting
   */
  cancel(id: string): Promise<CancelOutcome>;
  /** Looks after the schedules of this app, see `defineSchedule`. Its calls open the app. */
  readonly schedules: Schedules;
  /** A worker on this app's broker; start it with `run()`. */
  worker(options?: WorkerOptions): Worker;
  /**
   * Who is at work on this app's queues, by identity, see {@link WorkerPresence}.
   * @throws UnsupportedError where neither the result store nor the broker has a coordination store · BrokerUnavailableError
   */
  workers(): Promise<readonly WorkerPresence[]>;
  /**
   * What became of a job, see {@link JobResult}; `undefined` when nothing is kept: not yet, not any more, or never.
   * @throws ConfigError without a result store · BrokerUnavailableError when the store does not answer
   */
  result(id: string, options?: ResultOptions): Promise<JobResult | undefined>;
  /**
   * What the runs of a job wrote by `ctx.log`, as far as it is kept: 100 lines of each of its last 10 runs, as long as
   * results are. @throws UnsupportedError where neither the result store nor the broker has a coordination store
   */
  jobLog(id: string): Promise<JobLogLines>;
  /** Runs one job here and now, without a broker: same checks, same context, no retries. Resolves with the handler's result. */
  run(name: string, params: unknown): Promise<unknown>;
  /** The guarded broker queue of a name without prefix, for stats and administration. */
  queue(name: string): Promise<BrokerQueue>;
  /**
   * Stops deliveries of a queue (name without prefix) to every worker; sends go on. Where the broker cannot, by a mark
   * that workers heed within some seconds. @throws UnsupportedError where there is no coordination store either
   */
  pause(name: string): Promise<void>;
  /** Undoes {@link App.pause}. */
  resume(name: string): Promise<void>;
  /** Numbers of a queue, and whether it is paused, by whichever means. */
  stats(name: string): Promise<QueueStats>;
  /** Names of all queues this app sends to, without prefix, sorted. */
  readonly queues: readonly string[];
  /** The broker, if any is known yet. Reading this opens nothing. */
  readonly broker: Broker | undefined;
  /** The result store, if any. */
  readonly results: ResultStore | undefined;
  /** Looks at everything that happens; call the result to stop. */
  observe(observer: Observer): () => void;
  /**
   * A fresh app of the same tasks, handlers and settings with some of them replaced; this one stays as it is, also when
   * it is open. How a test runs the app of a module that other tests share. @throws ConfigError
   */
  with(replacements: AppReplacements): App<Tasks>;
  /** Resolves when the broker answers for the app's queues: call it once at start to fail early. */
  ready(): Promise<void>;
  /** Closes broker and result store, as far as they are open; bounded in time. A closed app is not opened again. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
