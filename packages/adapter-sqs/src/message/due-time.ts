import type { Message } from "@aws-sdk/client-sqs";
import { ATTRIBUTE, keptAttributes, numberAttribute, readNumber, textAttribute } from "./attributes.ts";
import { copyEntry, type SendEntry } from "./send-entry.ts";

/**
 * How long a message still has to wait, in ms; 0 when it is due. All times are from SQS's own clock: the send, the
 * first receive, and the answer. `serverTimeMs` may be late by a second, which keeps a message too long, never too
 * short.
 */
export function restMs(message: Message, serverTimeMs: number): number {
  const dueInMs = readNumber(message, ATTRIBUTE.dueInMs);
  const { SentTimestamp, ApproximateFirstReceiveTimestamp } = message.Attributes ?? {};
  if (dueInMs === undefined || SentTimestamp === undefined) return 0;
  const now = Math.max(serverTimeMs, Number(ApproximateFirstReceiveTimestamp ?? 0));
  return Math.max(0, Number(SentTimestamp) + dueInMs - now);
}

/** The next message of a long delay. A delay of SQS begins with the send, so a longer one needs several messages. */
export function nextHop(message: Message, leftMs: number, maxDelaySeconds: number): SendEntry {
  const { dueInMs, messageId } = ATTRIBUTE;
  const delaySeconds = Math.min(Math.ceil(leftMs / 1000), maxDelaySeconds);
  const isLast = delaySeconds * 1000 >= leftMs;
  const attributes = {
    [messageId]: textAttribute(message.MessageId ?? ""),
    ...keptAttributes(message, [dueInMs], 2),
    ...(isLast ? {} : { [dueInMs]: numberAttribute(leftMs) }),
  };
  return copyEntry(message, { isFifo: false, attributes, dedupeId: "", delaySeconds });
}
