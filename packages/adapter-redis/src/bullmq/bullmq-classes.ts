import type { Job, JobJson, JobsOptions, RedisQueueBackend, Worker, WorkerOptions } from "bullmq";
import type { RedisClient } from "../connection/connection-options.ts";

/** The operations of BullMQ on one queue that this engine calls, in the words of version 6. */
export type BullmqBackend = Pick<
  RedisQueueBackend,
  | "addJobToTransaction"
  | "addLog"
  | "changePriority"
  | "client"
  | "drain"
  | "extendLocks"
  | "moveJobFromActiveToWait"
  | "moveStalledJobsToWait"
  | "moveToActive"
  | "moveToCompletedArgs"
  | "moveToDelayed"
  | "moveToFailed"
  | "moveToFinished"
  | "pause"
  | "remove"
  | "retryFinishedJob"
  | "toKey"
  | "updateProgress"
>;

/** A queue of BullMQ on a connection of ours. */
export interface BullmqQueueAccess {
  readonly backend: BullmqBackend;
  /** A stored job as BullMQ's scripts want it. */
  createJob(storedId: string, options?: JobsOptions): Job;
}

/** A worker of BullMQ that runs no job, in pull mode: it has no loop, and no connection of its own. */
export interface LeaseWorker extends BullmqQueueAccess {
  /** Stores the next run of the job scheduler to which a received job belongs. */
  scheduleNext(job: JobJson, storedId: string, token: string): Promise<void>;
  /** Takes its listeners off the connection, which stays as it is. */
  close(): Promise<void>;
}

/** Options of a {@link LeaseWorker}. */
export type LeaseWorkerOptions = Pick<
  WorkerOptions,
  "lockDuration" | "maxStalledCount" | "name" | "prefix" | "stalledInterval"
> & { readonly connection: RedisClient };

/** The classes of one major version of BullMQ, as this engine uses them. */
export interface BullmqClasses {
  /** Notes the version of BullMQ in the settings of the queue, as each of its queues does. */
  openQueue(name: string, options: { readonly connection: RedisClient; prefix: string }): BullmqQueueAccess;
  openWorker(name: string, options: LeaseWorkerOptions): LeaseWorker;
}

/** The classes of BullMQ 6. */
export function bullmq6Classes(module: typeof import("bullmq")): BullmqClasses {
  const { createRedisBackend, Job: BullJob, Queue: BullQueue, Worker: BullWorker } = module;
  return {
    openQueue(name, options) {
      const queue = new BullQueue(name, { ...options, skipVersionCheck: true });
      // Calls report their errors; an event without a listener would end the process.
      queue.on("error", () => {});
      const createJob = (storedId: string, opts: JobsOptions = {}) =>
        new BullJob(queue, "", {}, opts, storedId);
      return { backend: queue.getBackend(), createJob };
    },
    openWorker(name, options) {
      class PullWorker extends BullWorker {
        async scheduleNext(job: JobJson, storedId: string, token: string): Promise<void> {
          await this.nextJobFromJobData(job, storedId, token);
        }
      }
      const whole = { ...options, autorun: false, skipVersionCheck: true };
      // Its waits are ours, so it gets a backend without the connection that would wait.
      const worker = new PullWorker(name, null, whole, (queue, given) =>
        createRedisBackend(queue, given, {}),
      );
      worker.on("error", () => {});
      return {
        backend: worker.getBackend(),
        createJob: (storedId, opts = {}) => new BullJob(worker as Worker, "", {}, opts, storedId),
        scheduleNext: (job, storedId, token) => worker.scheduleNext(job, storedId, token),
        close: () => worker.close(true),
      };
    },
  };
}
