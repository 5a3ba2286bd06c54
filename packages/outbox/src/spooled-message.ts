import { randomUUID } from "node:crypto";
import {
  type Broker,
  type BrokerQueue,
  type Capabilities,
  type Delivery,
  isJobId,
  type OutgoingMessage,
  type SendOptions,
  type SendResult,
} from "@jobs/core/broker";
import { isObject, parseJson, systemClock } from "@jobs/core/runtime";

/** A message that waits for its broker. */
export interface SpooledMessage {
  /** Full name of its queue on the broker. */
  readonly queue: string;
  readonly message: OutgoingMessage;
}

/** What is stored of a message besides its body. */
interface Head extends Omit<OutgoingMessage, "body" | "delayMs"> {
  readonly queue: string;
  /** In ms since 1970; only of a delayed message. The time that it waits for its broker is part of the delay. */
  readonly dueAt?: number;
}

/** More than a head has: name of the queue, id, task, group and settings. In bytes. */
const HEAD_BYTES = 2_048;

/**
 * What a queue takes whose messages may wait in a store: no body that the store has no room for. So a job is not refused
 * only in a transaction or during an outage. A small limit of a store is halved.
 */
export function withinStore(capabilities: Capabilities, store: Pick<Broker, "limits">): Capabilities {
  const room = store.limits?.maxMessageBytes ?? Number.POSITIVE_INFINITY;
  const most = Math.max(room - HEAD_BYTES, Math.floor(room / 2));
  return { ...capabilities, maxMessageBytes: Math.min(capabilities.maxMessageBytes, most) };
}

/** Stands between head and body. The body follows as it is, since escaping would make it longer. */
const SEPARATOR = "\n";

/**
 * The message that waits in the store's own queue. `id` is new: the same job may wait for two queues. `now` is in ms
 * since 1970.
 */
export function spool({ queue, message }: SpooledMessage, id: string, now: number): OutgoingMessage {
  const { body, delayMs = 0, ...rest } = message;
  const head: Head = { ...rest, queue, ...(delayMs === 0 ? {} : { dueAt: now + delayMs }) };
  return { id, label: message.label, body: `${JSON.stringify(head)}${SEPARATOR}${body}` };
}

/** Stores messages for `queue` in the queue of a store. The results are those of the messages, not of what is stored. */
export async function sendToStore(
  store: BrokerQueue,
  queue: string,
  messages: readonly OutgoingMessage[],
  options?: SendOptions,
): Promise<readonly SendResult[]> {
  const now = systemClock.now();
  const waiting = messages.map((message) => spool({ queue, message }, randomUUID(), now));
  const results = await store.send(waiting, options);
  return results.map((result, index) =>
    result.status === "failed" ? result : { status: "sent", messageId: messages[index]?.id ?? "" },
  );
}

/** Reads what {@link spool} has written; `undefined` for anything else. */
export function unspool({ body }: Pick<Delivery, "body">, now: number): SpooledMessage | undefined {
  const end = body.indexOf(SEPARATOR);
  if (end < 0) return undefined;
  let head: unknown;
  try {
    head = parseJson(body.slice(0, end));
  } catch {
    return undefined;
  }
  if (!isHead(head)) return undefined;
  const { queue, dueAt, ...rest } = head;
  const delayMs = dueAt === undefined ? 0 : Math.max(0, dueAt - now);
  const message = { ...rest, body: body.slice(end + SEPARATOR.length) };
  return { queue, message: delayMs === 0 ? message : { ...message, delayMs } };
}

/** A broker would refuse any other one for ever, in words that it also has for its settings. */
function isHead(value: unknown): value is Head {
  return (
    isObject(value) &&
    typeof value.queue === "string" &&
    typeof value.id === "string" &&
    isJobId(value.id) &&
    typeof value.label === "string" &&
    (value.priority === undefined || Number.isInteger(value.priority)) &&
    (value.dueAt === undefined || Number.isFinite(value.dueAt))
  );
}
