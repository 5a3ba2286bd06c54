import type { BrokerQueue } from "../broker/broker.ts";
import type { ValidatedBroker } from "../broker/broker-validator.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { type CheckedQueueJobs, checkQueue } from "./check-queue.ts";
import { type CheckedSchedule, checkSchedules, type ScheduleSources } from "./check-schedules.ts";
import { WAITING_STATES, type WaitingState } from "./count-signatures.ts";
import type { CheckerParts } from "./job-checker.ts";

/** Options of `app.checkJobs`. */
export interface CheckJobsOptions {
  /** Names without prefix. Default: all queues of the app. */
  readonly queues?: readonly string[] | undefined;
  /** Default: ready, delayed and dead. */
  readonly states?: readonly WaitingState[] | undefined;
  /** At most this many jobs of each state and queue, the first in its order. Default: all. */
  readonly sample?: number | undefined;
  /**
   * Whether jobs of a queue that cannot show them are received and released. Each receive counts as a delivery, and
   * workers do not get the jobs meanwhile. Default false: such jobs are read from the history.
   */
  readonly allowReceive?: boolean | undefined;
}

/** What a release would do with the jobs that wait. */
export interface CheckedJobs {
  readonly queues: readonly CheckedQueueJobs[];
  readonly schedules: readonly CheckedSchedule[];
  /** Jobs that were looked at. */
  readonly checked: number;
  /** Jobs that a worker would hold or make dead letters, and schedules whose jobs it would not send. */
  readonly refused: number;
  /** Jobs whose parameters are not known. */
  readonly unchecked: number;
}

/** What `app.checkJobs` reads. */
export interface CheckJobsSources extends CheckerParts, ScheduleSources {
  readonly broker: ValidatedBroker;
  readonly history: HistoryStore | undefined;
  /** Names without prefix of the app's queues. */
  readonly queues: readonly string[];
  /** Opens a queue by its name without prefix. */
  openQueue(name: string): Promise<BrokerQueue>;
}

/**
 * Checks all jobs that wait, as a worker of this release would before it runs them. It runs and changes none.
 * @throws UnsupportedError for a queue whose jobs cannot be read · QueueNotFoundError · BrokerUnavailableError
 */
export async function checkJobs(sources: CheckJobsSources, options: CheckJobsOptions): Promise<CheckedJobs> {
  const {
    queues: names = sources.queues,
    states = WAITING_STATES,
    sample = Number.POSITIVE_INFINITY,
  } = options;
  const { allowReceive = false } = options;
  const queues: CheckedQueueJobs[] = [];
  for (const name of names) {
    const queue = await sources.openQueue(name);
    queues.push(await checkQueue({ ...sources, name, queue, states, sample, allowReceive }));
  }
  const schedules = await checkSchedules(sources);
  const signatures = queues.flatMap((queue) => queue.signatures);
  const sum = (of: "count" | "refused" | "unchecked") =>
    signatures.reduce((total, signature) => total + signature[of], 0);
  return {
    queues,
    schedules,
    checked: sum("count") - sum("unchecked"),
    refused: sum("refused") + schedules.filter(({ reasons }) => reasons.length > 0).length,
    unchecked: sum("unchecked"),
  };
}
