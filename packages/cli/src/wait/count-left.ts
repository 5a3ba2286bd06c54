import type { App } from "@jobs/core";
import {
  countSignatures,
  type HistoryState,
  type HistoryStore,
  MAX_HISTORY_PAGE,
  type MessageState,
  UnsupportedError,
} from "@jobs/core/broker";
import { brokerOf } from "../project/open-app.ts";
import { type SelectedQueue, selectQueues } from "../queues/selected-queues.ts";

/** Which jobs to wait for. */
export interface WantedJobs {
  readonly task: string;
  /** Default: any. */
  readonly sig?: string | undefined;
  /** Only those that were enqueued before this moment, in ms since 1970. Default: all. */
  readonly enqueuedBefore?: number | undefined;
  /** Whether dead letters count too. */
  readonly hasDead: boolean;
  /** Default: all of the app. */
  readonly queues?: readonly string[] | undefined;
}

/** How many of them there are, by state. */
export type JobsLeft = Readonly<Partial<Record<MessageState | HistoryState, number>>>;

/**
 * Counts the jobs that are left. It changes none. Jobs that move while they are counted may be missed, so one empty
 * count is no proof.
 * @throws UnsupportedError where neither the broker nor a history shows them
 */
export async function countLeft(app: App, wanted: WantedJobs): Promise<JobsLeft> {
  const left: Partial<Record<MessageState | HistoryState, number>> = {};
  const add = (state: MessageState | HistoryState, count: number) => {
    left[state] = (left[state] ?? 0) + count;
  };
  for (const selected of await selectQueues(app, wanted.queues)) {
    if (selected.queue.capabilities.peek === true) await countStored(app, selected, wanted, add);
    else await countRecorded(historyOf(app, selected, wanted), selected, wanted, add);
  }
  return left;
}

/** The sum over all states. */
export function sumOf(left: JobsLeft): number {
  return Object.values(left).reduce((sum, count) => sum + count, 0);
}

type Add = (state: MessageState | HistoryState, count: number) => void;

/** In the order in which most jobs move, so that one that moves meanwhile is rather counted twice than missed. */
const STORED: readonly MessageState[] = ["delayed", "ready", "leased"];

async function countStored(app: App, { queue }: SelectedQueue, wanted: WantedJobs, add: Add): Promise<void> {
  const { task, sig, enqueuedBefore, hasDead } = wanted;
  const states = hasDead ? [...STORED, "dead" as const] : STORED;
  const { codecs } = app.config.worker;
  const { counts } = await countSignatures(queue, { states, codecs, enqueuedBefore, hasSteps: true });
  for (const one of counts) {
    if (one.task === task && (sig === undefined || one.sig === sig)) add(one.state, one.count);
  }
}

/** States of jobs that have not ended. */
const UNFINISHED: readonly HistoryState[] = ["enqueued", "started", "retried", "snoozed", "held", "released"];

async function countRecorded(
  history: HistoryStore,
  { name }: SelectedQueue,
  { task, enqueuedBefore = Number.POSITIVE_INFINITY, hasDead }: WantedJobs,
  add: Add,
): Promise<void> {
  const states = hasDead ? [...UNFINISHED, "dead" as const] : UNFINISHED;
  let cursor: string | undefined;
  do {
    const page = await history.list({ task, queue: name, states, limit: MAX_HISTORY_PAGE, cursor });
    for (const { state, enqueuedAt = Number.NEGATIVE_INFINITY } of page.jobs) {
      if (enqueuedAt < enqueuedBefore) add(state, 1);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** A broker that shows no waiting jobs leaves the history, which does not know signatures. */
function historyOf(app: App, { name }: SelectedQueue, { sig }: WantedJobs): HistoryStore {
  const about = { broker: brokerOf(app).kind, queue: name };
  if (app.history === undefined) {
    throw new UnsupportedError(
      about,
      "peek",
      "does not show its waiting jobs, and the app has no history",
      "Give the app a history that its producers and workers write, see --history.",
    );
  }
  if (sig === undefined) return app.history;
  throw new UnsupportedError(
    about,
    "peek",
    "does not show its waiting jobs, and the history does not have their signatures",
    "Leave --sig out, and wait for the jobs of a time by --enqueued-before.",
  );
}
