import type { Message } from "@aws-sdk/client-sqs";
import type { DeadReason, SerializedError, Settlement, SettleResult } from "@jobs/core/broker";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import {
  ATTRIBUTE,
  type Attributes,
  attributesBytes,
  DEATH_ATTRIBUTES,
  fittingAttributes,
  keptAttributes,
  numberAttribute,
  textAttribute,
} from "../message/attributes.ts";
import { copyEntry, type SendEntry } from "../message/send-entry.ts";
import { deleteMessage, hideMessage, type LeaseHolder, settleResult } from "../receive/lease-requests.ts";
import { leasedMessage } from "../receive/leased-message.ts";
import { firstMessageId, hasDied, redrivesOf } from "./read-dead-letter.ts";

/** Long enough for copying and deleting, in ms. */
const DEAD_LETTER_LEASE_MS = 30_000;

type DeadSettlement = Extract<Settlement, { readonly action: "dead" }>;

/**
 * Sends the copy first, then deletes the original: a crash between duplicates one instead of losing it. First the lease
 * is renewed, which proves that it is held. A job that another worker has completed must not become a dead letter.
 */
export async function moveToDeadLetterQueue(
  holder: LeaseHolder,
  settlement: DeadSettlement,
): Promise<SettleResult> {
  const leased = leasedMessage(settlement.delivery);
  if (!leased.isCopied) {
    const renewed = await hideMessage(holder, leased, DEAD_LETTER_LEASE_MS);
    if (renewed.status !== "settled") return renewed;
    const copied = await copyToDeadLetterQueue(holder, settlement);
    if (copied.status !== "settled") return copied;
    leased.isCopied = true;
    holder.record.dedupe.addDone(leased.id);
  }
  return deleteMessage(holder, leased);
}

/** Stores the copy of a leased message, which stays where it is. */
export async function copyToDeadLetterQueue(
  { session, record, timeoutMs }: LeaseHolder,
  { delivery, reason, error }: DeadSettlement,
): Promise<SettleResult> {
  if (record.redriveTarget === undefined)
    throw new TypeError("a queue without a dead-letter queue rejects `dead` settlements");
  const target = await session.queues.findTarget(record.redriveTarget);
  const { isFifo, maxMessageBytes } = target.settings;
  const { deliveryCount } = delivery;
  const { message } = leasedMessage(delivery);
  const copy = deadEntry(message, { reason, error, deliveryCount, isFifo, maxMessageBytes });
  const [answer] = await target.requests.send([copy], timeoutMs);
  return settleResult([answer as EntryAnswer]);
}

/** Lengths for the texts of an error, in characters, tried in this order until they fit. */
const ERROR_TEXTS = [2_000, 800, 200, 0] as const;

/** The most attributes of a death that a copy gets besides those of its original. */
const MOST_WRITTEN = 5;

/** The reason and the queue of a dead letter. */
interface Death {
  readonly reason: DeadReason;
  readonly error?: SerializedError | undefined;
  readonly deliveryCount: number;
  /** Of the dead-letter queue. */
  readonly isFifo: boolean;
  readonly maxMessageBytes: number;
}

/** The copy for the dead-letter queue. Its error is shortened to fit with the body. */
function deadEntry(message: Message, death: Death): SendEntry {
  const redrives = redrivesOf(message, hasDied(message));
  const bodyBytes = Buffer.byteLength(message.Body ?? "");
  const needed = {
    [ATTRIBUTE.messageId]: textAttribute(firstMessageId(message)),
    ...(redrives === 0 ? {} : { [ATTRIBUTE.redrives]: numberAttribute(redrives) }),
    [ATTRIBUTE.reason]: textAttribute(death.reason),
    [ATTRIBUTE.deliveries]: numberAttribute(death.deliveryCount),
  };
  const all = {
    ...keptAttributes(message, [...DEATH_ATTRIBUTES, ATTRIBUTE.redrives], MOST_WRITTEN),
    ...needed,
  };
  const attributes = fittingAttributes([all, needed], death.maxMessageBytes - bodyBytes);
  return copyEntry(message, {
    isFifo: death.isFifo,
    attributes: withError(attributes, death.error, death.maxMessageBytes - bodyBytes),
    dedupeId: `dead-${message.MessageId}`,
  });
}

/** Attributes with the error, shortened to the room that all of them have. */
export function withError(
  attributes: Attributes,
  error: SerializedError | undefined,
  roomBytes: number,
): Attributes {
  const text = error && fittingError(error, roomBytes - attributesBytes(attributes));
  return text === undefined ? attributes : { ...attributes, [ATTRIBUTE.error]: textAttribute(text) };
}

function fittingError(error: SerializedError, room: number): string | undefined {
  const nameBytes = ATTRIBUTE.error.length + "String".length;
  return ERROR_TEXTS.map((length) => errorText(error, length)).find(
    (text) => Buffer.byteLength(text) + nameBytes <= room,
  );
}

function errorText({ stack, message, name, ...rest }: SerializedError, length: number): string {
  const shown = {
    name: name.slice(0, length),
    message: message.slice(0, length),
    ...(stack === undefined || length === 0 ? {} : { stack: stack.slice(0, length) }),
    ...rest,
  };
  return JSON.stringify(shown).replace(/[\ufffe\uffff]/g, "\ufffd");
}
