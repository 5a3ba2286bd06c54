import { isJobsError, type JobsError } from "@jobs/core";
import {
  type Delivery,
  type OutgoingMessage,
  type SendResult,
  type Settlement,
  serializeError,
} from "@jobs/core/broker";
import { keepAliveClock, systemClock, toError } from "@jobs/core/runtime";
import type { QueueOpener } from "./queue-opener.ts";
import type { SendPace } from "./send-pace.ts";
import { type SpooledMessage, unspool } from "./spooled-message.ts";

/** The outcome of one batch. */
export interface Forwarded {
  /** One for each delivery that does not wait, in their order. */
  readonly settlements: readonly Settlement[];
  /** Messages that the broker has now. */
  readonly sent: number;
  /** Messages that their broker will never take; they become dead letters of the store. */
  readonly refused: number;
  /** Messages that have to wait. Later ones of the store must not be sent before them. */
  readonly waiting: readonly Delivery[];
  /** Whether all of them wait because the broker refuses their queues. Other queues may go on then. */
  readonly areRefused: boolean;
  /** Why messages have to wait; `undefined` when none has, or when their sends have not begun. */
  readonly fault: Error | undefined;
}

/** A delivery of the store's queue with the message in it. */
interface Waiting extends SpooledMessage {
  readonly delivery: Delivery;
}

/**
 * Sends messages of the store to their queues, in the order in which they were received. After a message that has to
 * wait, the later ones of its queue wait too. They go back to the store together. No send begins in the
 * last `unsentMs` of a lease, since another relay may have the message after it, nor after `signal` has aborted.
 */
export async function forwardMessages(
  to: QueueOpener,
  deliveries: readonly Delivery[],
  limits: SendLimits,
): Promise<Forwarded> {
  const now = systemClock.now();
  const byQueue = new Map<string, Waiting[]>();
  const outcomes = new Map<Delivery, Outcome>();
  for (const delivery of deliveries) {
    const spooled = unspool(delivery, now);
    if (spooled === undefined) outcomes.set(delivery, { status: "failed", error: unreadable() });
    else append(byQueue, spooled.queue, { ...spooled, delivery });
  }
  const sends = [...byQueue].map(([name, waiting]) =>
    forwardQueue({ to, name, ...limits }, waiting, outcomes),
  );
  await Promise.all(sends);
  return concluded(deliveries, outcomes);
}

type Outcome =
  | { readonly status: "sent" }
  | { readonly status: "waits"; readonly error: Error | undefined }
  | { readonly status: "failed"; readonly error: Error };

/** How large a send is, and when none begins any more. */
interface SendLimits {
  /** The last part of a lease, in ms. */
  readonly unsentMs: number;
  readonly pace: SendPace;
  readonly signal: AbortSignal;
  /** Queues that the broker refuses, and why: their messages wait without a send. Those found now are added. */
  readonly refusals: Map<string, Error>;
}

/** A queue of the broker that messages are for. */
interface Target extends SendLimits {
  readonly to: QueueOpener;
  readonly name: string;
}

async function forwardQueue(
  target: Target,
  waiting: readonly Waiting[],
  outcomes: Map<Delivery, Outcome>,
): Promise<void> {
  const refusal = target.refusals.get(target.name);
  if (refusal !== undefined) {
    for (const { delivery } of waiting) outcomes.set(delivery, { status: "waits", error: refusal });
    return;
  }
  let rest = waiting;
  while (rest.length > 0) {
    const [batch, later] = nextBatch(rest, target.pace.size);
    const isLate = target.signal.aborted || endsBefore(batch, keepAliveClock.monotonic() + target.unsentMs);
    const results = isLate ? batch.map(() => LATE) : await sendAll(target, batch);
    for (const [index, { delivery }] of batch.entries()) outcomes.set(delivery, outcomeOf(results[index]));
    const stuck = batch.find(({ delivery }) => outcomes.get(delivery)?.status === "waits");
    if (stuck === undefined) rest = later;
    else {
      const outcome = outcomes.get(stuck.delivery) as Extract<Outcome, { status: "waits" }>;
      for (const { delivery } of later) outcomes.set(delivery, outcome);
      if (isRefusal(outcome.error)) target.refusals.set(target.name, outcome.error);
      return;
    }
  }
}

/** The next messages to send, and the others. A batch may fail in part, so it has no two of one group. */
function nextBatch(
  waiting: readonly Waiting[],
  most: number,
): readonly [readonly Waiting[], readonly Waiting[]] {
  const groups = new Set<string>();
  const batch: Waiting[] = [];
  const later: Waiting[] = [];
  for (const one of waiting) {
    const { groupKey } = one.message;
    if (batch.length >= most || (groupKey !== undefined && groups.has(groupKey))) later.push(one);
    else {
      if (groupKey !== undefined) groups.add(groupKey);
      batch.push(one);
    }
  }
  return [batch, later];
}

const LATE: Outcome = { status: "waits", error: undefined };

/** Whether a lease of a batch ends before a time on the monotonic clock. */
function endsBefore(batch: readonly Waiting[], time: number): boolean {
  return batch.some(({ delivery }) => delivery.leaseUntil < time);
}

async function sendAll(
  { to, name, pace }: Target,
  batch: readonly Waiting[],
): Promise<readonly (SendResult | Outcome)[]> {
  const begunAt = keepAliveClock.monotonic();
  const note = (answered: number) => pace.note(batch.length, answered, keepAliveClock.monotonic() - begunAt);
  try {
    const queue = await to.open(name);
    const results = await queue.send(batch.map(({ message }): OutgoingMessage => message));
    note(results.filter((result) => outcomeOf(result).status !== "waits").length);
    return results;
  } catch (thrown) {
    const error = toError(thrown);
    note(0);
    return batch.map(() => ({ status: "waits", error }));
  }
}

/** A message that is stored already has been sent by an earlier try. */
function outcomeOf(result: SendResult | Outcome | undefined): Outcome {
  if (result === undefined) return { status: "waits", error: new Error("the broker gave no answer") };
  if (result.status === "sent" || result.status === "duplicate") return { status: "sent" };
  if (result.status === "waits") return result;
  return isFinal(result.error) ? result : { status: "waits", error: result.error };
}

/**
 * Codes of what a broker says of a single message. All others are about the broker or its settings, and pass or can be
 * mended. Some brokers repeat such an error for each message of a send.
 */
const MESSAGE_CODES: readonly string[] = [
  "malformed_message",
  "not_json",
  "payload_too_large",
  "unsupported",
];

function isFinal(error: unknown): boolean {
  return isJobsError(error) && !error.retryable && MESSAGE_CODES.includes(error.code);
}

/** Whether a queue cannot be used until somebody mends something, and it is no outage. */
function isRefusal(error: unknown): error is JobsError {
  return isJobsError(error) && !error.retryable;
}

function concluded(deliveries: readonly Delivery[], outcomes: ReadonlyMap<Delivery, Outcome>): Forwarded {
  let sent = 0;
  let refused = 0;
  const waiting: Delivery[] = [];
  let fault: Error | undefined;
  let areRefused = true;
  const settlements: Settlement[] = [];
  for (const delivery of deliveries) {
    const outcome = outcomes.get(delivery);
    switch (outcome?.status) {
      case "sent":
        sent++;
        settlements.push({ delivery, action: "ack" });
        break;
      case "failed":
        refused++;
        settlements.push({ delivery, action: "dead", reason: "fatal", error: serializeError(outcome.error) });
        break;
      default:
        waiting.push(delivery);
        if (!isRefusal(outcome?.error)) areRefused = false;
        fault ??= outcome?.error;
    }
  }
  return { settlements, sent, refused, waiting, areRefused, fault };
}

function unreadable(): Error {
  return new Error("the message is none that waits for a broker.");
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
