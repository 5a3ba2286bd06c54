import type { BrokerQueue } from "../broker/broker.ts";
import type { MessageState } from "../broker/stored-message.ts";
import type { AppCoordination } from "../coordination/open-coordination.ts";
import { readEnvelope } from "../envelope/decode.ts";
import { type Envelope, useOfId } from "../envelope/envelope.ts";
import { keepEnd } from "../results/keep-results.ts";
import type { ResultStore } from "../results/result-store.ts";
import { CANCELLED } from "../worker/presence/cancel-and-pause.ts";
import { FLOWS } from "./start-flow.ts";

/** The outcome of a cancellation. */
export type CancelOutcome =
  /** It waited in `queue` (name without prefix) and was removed. */
  | { readonly id: string; readonly status: "removed"; readonly queue: string }
  /** Workers know it within two seconds: jobs that wait do not start, and running handlers are aborted. */
  | { readonly id: string; readonly status: "requested" }
  /** The broker stores no job of this id or of a flow with it. It may be done, or was never there. */
  | { readonly id: string; readonly status: "not_found" };

/** How long a cancellation is kept, in ms: 14 days, the longest that SQS keeps a job. */
const HEEDED_MS = 14 * 86_400_000;

/** All states of a job. */
const STATES: readonly MessageState[] = ["ready", "delayed", "leased", "dead"];

/** The parts of an app that a cancellation uses. */
export interface CancelParts {
  readonly appCoordination: AppCoordination;
  readonly results: ResultStore | undefined;
  /** How long the result of a cancelled job is kept, in ms. */
  readonly ttlMs: number;
  /** Names without prefix of the queues to search. */
  readonly queues: readonly string[];
  openQueue(name: string): Promise<BrokerQueue>;
  /** ms since 1970. */
  now(): number;
}

/** A stored job of the id that is cancelled. */
interface StoredJob {
  /** Name of its queue without prefix. */
  readonly queue: string;
  readonly task: string;
  /** `undefined` where its body cannot be read. */
  readonly envelope: Envelope | undefined;
}

/**
 * Cancels a job, or a flow and all its jobs, by id. Jobs that are enqueued with this id later are not cancelled. It
 * writes the entry before the removal, so that a worker that receives the job in between sees it.
 * @throws UnsupportedError without a coordination store, when the broker has no job with this id to remove
 */
export async function cancelJob(id: string, parts: CancelParts): Promise<CancelOutcome> {
  const { coordination, refuse } = parts.appCoordination;
  const looks = await Promise.all(parts.queues.map((name) => lookFor(name, id, parts)));
  const stored = looks.flatMap(({ found }) => found);
  await coordination?.put(
    { set: CANCELLED, name: id, value: String(cancelledUntil(looks, parts)) },
    HEEDED_MS,
  );
  await coordination?.remove(FLOWS, id);
  for (const name of parts.queues) {
    if (!(await removeFrom(name, id, stored, parts))) continue;
    // The job is removed, so the entry could only cancel another job with the same id.
    if (stored.length === 1 && stored[0]?.envelope?.chain === undefined)
      await coordination?.remove(CANCELLED, id);
    return { id, status: "removed", queue: name };
  }
  if (coordination !== undefined) {
    const isUnknown =
      looks.every(({ isWhole }) => isWhole) && stored.length === 0 && !(await mayBeFlow(id, parts));
    return { id, status: isUnknown ? "not_found" : "requested" };
  }
  const hint = "Give the app a result store: its coordination store carries cancellations on every broker.";
  throw refuse({ feature: "cancel", message: "cannot tell workers that a job was cancelled", hint });
}

/**
 * The newest use of the id to cancel, in ms since 1970. It is that of a stored job, or now where a queue may hide a
 * job.
 */
function cancelledUntil(looks: readonly Look[], parts: CancelParts): number {
  const stored = looks.flatMap(({ found }) => found);
  const uses = stored.map(({ envelope }) => (envelope === undefined ? parts.now() : useOfId(envelope)));
  const isAllSeen = stored.length > 0 && looks.every(({ isWhole }) => isWhole);
  return isAllSeen ? Math.max(...uses) : Math.max(parts.now(), ...uses);
}

/** What a queue shows about an id. */
interface Look {
  readonly found: readonly StoredJob[];
  /** Whether the queue would show a job in any state. */
  readonly isWhole: boolean;
}

async function lookFor(name: string, id: string, parts: CancelParts): Promise<Look> {
  const queue = await parts.openQueue(name);
  const { peek } = queue.capabilities;
  if (!peek) return { found: [], isWhole: false };
  const isWhole = peek !== "dead";
  for (const state of isWhole ? STATES : (["dead"] as const)) {
    const [message] = (await queue.peek({ state, limit: 1, id })).messages;
    if (message === undefined) continue;
    const found = { queue: name, task: message.label, envelope: readEnvelope(message) };
    return { found: [found], isWhole };
  }
  return { found: [], isWhole };
}

/** At most so many jobs of a queue and state are searched for a flow. With more, a flow may be there. */
const SEARCHED = 1_000;

/** Whether a job of the flow with this id is stored, as far as can be seen. Later jobs of a flow have other ids. */
async function mayBeFlow(id: string, parts: CancelParts): Promise<boolean> {
  for (const name of parts.queues) {
    const queue = await parts.openQueue(name);
    for (const state of STATES) {
      const { messages, nextCursor } = await queue.peek({ state, limit: SEARCHED });
      if (nextCursor !== undefined) return true;
      if (messages.some((message) => readEnvelope(message)?.chain === id)) return true;
    }
  }
  return false;
}

async function removeFrom(
  name: string,
  id: string,
  stored: readonly StoredJob[],
  parts: CancelParts,
): Promise<boolean> {
  const queue = await parts.openQueue(name);
  if (!queue.capabilities.remove) return false;
  const [removal] = await queue.remove([id]);
  if (removal?.status !== "removed") return false;
  const { task = "", envelope } = stored.find((one) => one.queue === name) ?? {};
  const end = { id, task, queue: name, status: "cancelled", attempt: 1, finishedAt: parts.now() } as const;
  if (parts.results !== undefined) await keepEnd(parts.results, { end, envelope }, parts.ttlMs);
  return true;
}
