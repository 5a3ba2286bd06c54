import { isJobsError } from "@jobs/core";
import {
  type Delivery,
  type OutgoingMessage,
  type SendResult,
  type Settlement,
  serializeError,
} from "@jobs/core/broker";
import { systemClock, toError } from "@jobs/core/runtime";
import type { QueueOpener } from "./queue-opener.ts";
import { type SpooledMessage, unspool } from "./spooled-message.ts";

/** The outcome of one batch. */
export interface Forwarded {
  /** One for each delivery, in their order. */
  readonly settlements: readonly Settlement[];
  /** Messages that the broker has now. */
  readonly sent: number;
  /** Messages that no broker will take; they become dead letters of the store. */
  readonly refused: number;
  /** Why messages have to wait; `undefined` when none has. */
  readonly fault: Error | undefined;
}

/** A delivery of the store's queue with the message in it. */
interface Waiting extends SpooledMessage {
  readonly delivery: Delivery;
}

/**
 * Sends messages of the store to their queues, in the order in which they were stored. After a message that has to wait,
 * the later ones of its queue wait too. They are released, and so they keep their order.
 */
export async function forwardMessages(to: QueueOpener, deliveries: readonly Delivery[]): Promise<Forwarded> {
  const now = systemClock.now();
  const byQueue = new Map<string, Waiting[]>();
  const outcomes = new Map<Delivery, Outcome>();
  for (const delivery of deliveries) {
    const spooled = unspool(delivery, now);
    if (spooled === undefined) outcomes.set(delivery, { status: "failed", error: unreadable() });
    else append(byQueue, spooled.queue, { ...spooled, delivery });
  }
  const sends = [...byQueue].map(([name, waiting]) => forwardQueue(to, name, waiting, outcomes));
  await Promise.all(sends);
  return concluded(deliveries, outcomes);
}

type Outcome =
  | { readonly status: "sent" }
  | { readonly status: "waits"; readonly error: Error }
  | { readonly status: "failed"; readonly error: Error };

async function forwardQueue(
  to: QueueOpener,
  name: string,
  waiting: readonly Waiting[],
  outcomes: Map<Delivery, Outcome>,
): Promise<void> {
  let rest = waiting;
  while (rest.length > 0) {
    const [batch, later] = oneOfEachGroup(rest);
    const results = await sendAll(to, name, batch);
    for (const [index, { delivery }] of batch.entries()) outcomes.set(delivery, outcomeOf(results[index]));
    const stuck = batch.find(({ delivery }) => outcomes.get(delivery)?.status === "waits");
    if (stuck === undefined) rest = later;
    else {
      const outcome = outcomes.get(stuck.delivery) as Outcome;
      for (const { delivery } of later) outcomes.set(delivery, outcome);
      return;
    }
  }
}

/** A batch may fail in part, so it has no two messages whose order matters. */
function oneOfEachGroup(waiting: readonly Waiting[]): readonly [readonly Waiting[], readonly Waiting[]] {
  const groups = new Set<string>();
  const batch: Waiting[] = [];
  const later: Waiting[] = [];
  for (const one of waiting) {
    const { groupKey } = one.message;
    if (groupKey !== undefined && groups.has(groupKey)) later.push(one);
    else {
      if (groupKey !== undefined) groups.add(groupKey);
      batch.push(one);
    }
  }
  return [batch, later];
}

async function sendAll(
  to: QueueOpener,
  name: string,
  batch: readonly Waiting[],
): Promise<readonly (SendResult | Outcome)[]> {
  try {
    const queue = await to.open(name);
    return await queue.send(batch.map(({ message }): OutgoingMessage => message));
  } catch (thrown) {
    const error = toError(thrown);
    return batch.map(() => ({ status: "failed", error }));
  }
}

/** A message that is stored already has been sent by an earlier try. */
function outcomeOf(result: SendResult | Outcome | undefined): Outcome {
  if (result === undefined) return { status: "waits", error: new Error("the broker gave no answer") };
  if (result.status === "sent" || result.status === "duplicate") return { status: "sent" };
  if (result.status === "waits") return result;
  return canPass(result.error) ? { status: "waits", error: result.error } : result;
}

/** Codes of errors about the broker or its settings, not about the message. */
const BROKER_CODES: readonly string[] = [
  "access_denied",
  "broker_unavailable",
  "invalid_answer",
  "queue_not_found",
];

function canPass(error: unknown): boolean {
  return !isJobsError(error) || error.retryable || BROKER_CODES.includes(error.code);
}

function concluded(deliveries: readonly Delivery[], outcomes: ReadonlyMap<Delivery, Outcome>): Forwarded {
  let sent = 0;
  let refused = 0;
  let fault: Error | undefined;
  const settlements = deliveries.map((delivery): Settlement => {
    const outcome = outcomes.get(delivery);
    switch (outcome?.status) {
      case "sent":
        sent++;
        return { delivery, action: "ack" };
      case "failed":
        refused++;
        return { delivery, action: "dead", reason: "fatal", error: serializeError(outcome.error) };
      default:
        fault ??= outcome?.error;
        return { delivery, action: "release" };
    }
  });
  return { settlements, sent, refused, fault };
}

function unreadable(): Error {
  return new Error("the message is none that waits for a broker.");
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
