import type { BrokerQueue } from "../broker/broker.ts";
import type { MessageState } from "../broker/stored-message.ts";
import { UnsupportedError } from "../errors/broker-errors.ts";
import type { Marks } from "../marks/marks.ts";
import type { ResultStore } from "../results/result-store.ts";
import { CANCELLED } from "../worker/cancellations.ts";

/** What became of a cancellation. */
export type CancelOutcome =
  /** It was waiting in `queue` (name without prefix) and is gone. */
  | { readonly id: string; readonly status: "removed"; readonly queue: string }
  /** Workers know within two seconds: what has not started does not, and running handlers are told to stop. */
  | { readonly id: string; readonly status: "requested" };

/** How long workers heed a cancellation: as long as the longest a broker keeps a job, SQS's 14 days; in ms. */
const HEEDED_MS = 14 * 86_400_000;

/** Where a job can wait, and where it can be removed from. */
const REMOVABLE: readonly MessageState[] = ["ready", "delayed", "dead"];

/** What cancelling works with. */
export interface CancelParts {
  /** Kind of the broker, for messages. */
  readonly broker: string;
  readonly marks: Marks | undefined;
  readonly results: ResultStore | undefined;
  /** How long it is kept that a job was cancelled, in ms. */
  readonly ttlMs: number;
  /** Names without prefix of the queues to look in. */
  readonly queues: readonly string[];
  openQueue(name: string): Promise<BrokerQueue>;
  /** ms since 1970. */
  now(): number;
}

/**
 * Cancels a job, or a flow and all its jobs, by id. The mark comes first: a worker that takes the job meanwhile heeds it.
 * @throws UnsupportedError where there is no notebook and the broker has nothing of this id to remove
 */
export async function cancelJob(id: string, parts: CancelParts): Promise<CancelOutcome> {
  const { marks, broker } = parts;
  await marks?.put({ set: CANCELLED, name: id, value: String(parts.now()) }, HEEDED_MS);
  for (const name of parts.queues) {
    if (await removeFrom(name, id, parts)) return { id, status: "removed", queue: name };
  }
  if (marks !== undefined) return { id, status: "requested" };
  const hint = "Give the app a result store: its notebook carries cancellations on every broker.";
  throw new UnsupportedError({ broker }, "cancel", "cannot tell workers that a job was cancelled", hint);
}

async function removeFrom(name: string, id: string, parts: CancelParts): Promise<boolean> {
  const queue = await parts.openQueue(name);
  if (!queue.capabilities.remove) return false;
  const task = parts.results === undefined ? "" : await taskOf(queue, id);
  const [removal] = await queue.remove([id]);
  if (removal?.status !== "removed") return false;
  const finishedAt = parts.now();
  const end = { id, task, queue: name, status: "cancelled", attempt: 1, finishedAt } as const;
  await parts.results?.put(end, parts.ttlMs);
  return true;
}

/** A removed message cannot be asked any more which task it was of. */
async function taskOf(queue: BrokerQueue, id: string): Promise<string> {
  if (!queue.capabilities.peek) return "";
  for (const state of REMOVABLE) {
    const [message] = (await queue.peek({ state, limit: 1, id })).messages;
    if (message !== undefined) return message.label;
  }
  return "";
}
