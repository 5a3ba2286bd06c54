import type { Broker, BrokerQueue } from "../broker/broker.ts";
import { scanPages } from "../broker/peek-pages.ts";
import { UnsupportedError } from "../errors/broker-errors.ts";
import { type HistoryStore, MAX_HISTORY_PAGE } from "../history/history-store.ts";
import type { HistoryState } from "../history/job-record.ts";
import { SCAN_PAGE, type WaitingState } from "./count-signatures.ts";
import { type CheckedSignature, type CheckerParts, JobChecker } from "./job-checker.ts";
import { receiveAndRelease } from "./receive-and-release.ts";

/** What the new release says of the jobs of one queue. */
export interface CheckedQueueJobs {
  /** Name without prefix. */
  readonly name: string;
  /** Where the jobs were read: the queue itself, the history, or the queue by receives. */
  readonly source: "queue" | "history" | "receive";
  /** Whether all jobs of the wanted states were seen. */
  readonly isComplete: boolean;
  readonly signatures: readonly CheckedSignature[];
}

/** A queue to check. */
export interface QueueToCheck extends CheckerParts {
  readonly name: string;
  readonly queue: BrokerQueue;
  readonly broker: Pick<Broker, "kind" | "openConsumer">;
  readonly history: HistoryStore | undefined;
  readonly states: readonly WaitingState[];
  /** At most this many jobs of each state. */
  readonly sample: number;
  readonly allowReceive: boolean;
}

/** @throws UnsupportedError for a queue that shows no waiting jobs, without a history and without leave to receive */
export async function checkQueue(wanted: QueueToCheck): Promise<CheckedQueueJobs> {
  const { name, queue, history, allowReceive, broker } = wanted;
  if (queue.capabilities.peek === true) return { name, source: "queue", ...(await checkShown(wanted)) };
  if (allowReceive) return { name, source: "receive", ...(await checkReceived(wanted)) };
  if (history !== undefined)
    return { name, source: "history", ...(await checkHistory({ ...wanted, history })) };
  throw new UnsupportedError(
    { broker: broker.kind, queue: name },
    "peek",
    "does not show its waiting jobs",
    "Give the app a history store, and monitorParams to its tasks; or allow receives (jobs check --live --allow-receive).",
  );
}

type Checked = Pick<CheckedQueueJobs, "isComplete" | "signatures">;

async function checkShown(wanted: QueueToCheck): Promise<Checked> {
  const { queue, states, sample: limit } = wanted;
  const signatures: CheckedSignature[] = [];
  let isComplete = true;
  for (const state of states) {
    const checker = checkerOf(wanted);
    let end: string | undefined;
    for await (const page of scanPages(queue, { state, pageSize: SCAN_PAGE, limit })) {
      for (const message of page.messages) {
        checker.add(message);
        if (checker.isFull) await checker.end();
      }
      end = page.nextCursor;
    }
    await checker.end();
    if (end !== undefined) isComplete = false;
    signatures.push(...checker.list(state));
  }
  return { isComplete, signatures };
}

/** Jobs that are not done, by their latest event. */
const OPEN: readonly HistoryState[] = ["enqueued", "retried", "snoozed", "held", "released"];

/** A history knows the parameters of tasks with `monitorParams` alone. */
async function checkHistory(wanted: QueueToCheck & { readonly history: HistoryStore }): Promise<Checked> {
  const { name: queue, history, states, sample } = wanted;
  const signatures: CheckedSignature[] = [];
  let isComplete = true;
  const asked = [
    ...(states.some((state) => state !== "dead") ? [{ state: "waiting" as const, of: OPEN }] : []),
    ...(states.includes("dead") ? [{ state: "dead" as const, of: ["dead"] as const }] : []),
  ];
  for (const { state, of } of asked) {
    const checker = checkerOf(wanted);
    let left = sample;
    let cursor: string | undefined;
    do {
      const limit = Math.min(MAX_HISTORY_PAGE, left);
      const page = await history.list({ queue, states: of, limit, cursor });
      for (const job of page.jobs) {
        checker.addKnown(job);
        if (checker.isFull) await checker.end();
      }
      left -= page.jobs.length;
      cursor = page.nextCursor;
    } while (cursor !== undefined && left > 0);
    await checker.end();
    if (cursor !== undefined) isComplete = false;
    signatures.push(...checker.list(state));
  }
  return { isComplete, signatures };
}

/** Only ready jobs can be received. */
async function checkReceived(wanted: QueueToCheck): Promise<Checked> {
  const { broker, queue, sample } = wanted;
  const checker = checkerOf(wanted);
  const isAll = await receiveAndRelease({ broker, queue: queue.name, limit: sample }, async (messages) => {
    for (const message of messages) checker.add(message);
    await checker.end();
  });
  return {
    isComplete: isAll && wanted.states.every((state) => state === "ready"),
    signatures: checker.list("ready"),
  };
}

function checkerOf({ queue, ...parts }: QueueToCheck): JobChecker {
  return new JobChecker(parts, queue.capabilities.maxMessageBytes);
}
