import {
  type BrokerQueue,
  type Delivery,
  decodeEnvelope,
  encodeEnvelope,
  isJobId,
  type RestoredMessage,
  readEnvelope,
  type StoredMessage,
} from "@jobs/core/broker";
import { jobKey } from "./journal.ts";

/** A job on its way: what the target stores, and what the source knows it by. */
export interface MovableJob {
  /** Identifies it in the journal. */
  readonly key: string;
  /** Without its delay, which depends on the time of the send. */
  readonly message: RestoredMessage;
  /** When it is due, in ms since 1970 by the source's clock; `undefined` for now. */
  readonly dueAt: number | undefined;
  /** Whether it is a line of a group, whose values are in the coordination store. */
  readonly isInGroup: boolean;
}

/** Makes a job of one that the source shows without a lease. */
export function fromStored(stored: StoredMessage): MovableJob {
  const { messageId, body, label, state, deliveryCount, redrives, lastError, dead, priority, dueAt } = stored;
  const envelope = readEnvelope(stored);
  // Where the broker has ids of its own, that of the job is in its envelope.
  const id = stored.failureCount === null && envelope !== undefined ? envelope.id : messageId;
  const message: RestoredMessage = {
    id,
    label: label === "" ? (envelope?.task ?? "") : label,
    body,
    deliveryCount,
    failureCount: stored.failureCount ?? deliveryCount,
    crashCount: stored.crashCount ?? 0,
    redrives,
    ...(priority === 0 ? {} : { priority }),
    ...(envelope?.maxAttempts === undefined ? {} : { maxAttempts: envelope.maxAttempts }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(dead === undefined ? {} : { dead }),
  };
  return {
    key: jobKey(message),
    message,
    dueAt: state === "delayed" ? dueAt : undefined,
    isInGroup: envelope?.join !== undefined,
  };
}

/** Makes a job of one that the move has leased. The lease itself does not count. */
export function fromLeased(delivery: Delivery): MovableJob {
  const { body, messageId, deliveryCount } = delivery;
  const envelope = readEnvelope({ body, messageId });
  const message: RestoredMessage = {
    id: envelope !== undefined && isJobId(envelope.id) ? envelope.id : messageId,
    label: envelope?.task ?? "",
    body,
    deliveryCount: deliveryCount - 1,
    failureCount: delivery.failureCount ?? deliveryCount - 1,
    crashCount: delivery.crashCount ?? 0,
    redrives: 0,
    ...(envelope?.maxAttempts === undefined ? {} : { maxAttempts: envelope.maxAttempts }),
  };
  return { key: jobKey(message), message, dueAt: undefined, isInGroup: envelope?.join !== undefined };
}

/**
 * The message as the target takes it now. A delay that is longer than one step of the target stands in the envelope, and
 * the workers of the target send it on.
 */
export function messageFor(
  { message, dueAt }: MovableJob,
  { capabilities: { delay } }: BrokerQueue,
  now: number,
): RestoredMessage {
  const delayMs = dueAt === undefined ? 0 : Math.max(0, dueAt - now);
  if (delayMs === 0) return message;
  if (delay === false || delayMs <= delay.nativeMs || delayMs > delay.maxMs) return { ...message, delayMs };
  const notBefore = new Date(now + delayMs).toISOString();
  const body = encodeEnvelope({ ...decodeEnvelope(message.body), notBefore });
  return { ...message, delayMs: delay.nativeMs, body };
}

/** Whether a target without `restore` would lose what has happened to the job. */
export function hasPast({ failureCount, crashCount, redrives, dead }: RestoredMessage): boolean {
  return failureCount > 0 || crashCount > 0 || redrives > 0 || dead !== undefined;
}
