import type { Message } from "@aws-sdk/client-sqs";
import { DEAD_REASONS, type DeadReason, type SerializedError, type StoredMessage } from "@jobs/core/broker";
import { ATTRIBUTE, readNumber, readText } from "../message/attributes.ts";

/** SQS itself moves messages that were received too often, as with a job that kills its workers. */
const SET_ASIDE_BY_SQS: DeadReason = "crash_loop";

/** A dead letter for `peek`. One that SQS itself moved has no other reason. */
export function storedDeadLetter(message: Message): StoredMessage {
  const sentAt = Number(message.Attributes?.SentTimestamp ?? 0);
  const at = readNumber(message, ATTRIBUTE.deadAt) ?? sentAt;
  const deliveries = readNumber(message, ATTRIBUTE.deliveries);
  const error = isSetAsideBySqs(message) ? undefined : readError(readText(message, ATTRIBUTE.error));
  return {
    messageId: firstMessageId(message),
    label: readText(message, ATTRIBUTE.task) ?? "",
    body: message.Body ?? "",
    state: "dead",
    deliveryCount: deliveries ?? Number(message.Attributes?.ApproximateReceiveCount ?? 0),
    failureCount: null,
    crashCount: null,
    priority: 0,
    dueAt: sentAt,
    redrives: redrivesOf(message, isSetAsideAgain(message)),
    dead: { reason: readReason(message), at, ...(error === undefined ? {} : { error }) },
  };
}

/** The id of the job's first message. */
export function firstMessageId(message: Message): string {
  return readText(message, ATTRIBUTE.messageId) ?? message.MessageId ?? "";
}

/** Deliveries that count although SQS does not count them: in a bundle, or as failures and crashes in another broker. */
export function pastDeliveries(message: Message): number {
  return hasDied(message) ? 0 : (readNumber(message, ATTRIBUTE.past) ?? 0);
}

/** Whether one of these ids is that of the job, of its first message, or of this message. */
export function isNamedBy(message: Message, ids: ReadonlySet<string>): boolean {
  return idsOf(message).some((id) => ids.has(id));
}

/** The ids by which people name a dead letter. */
export function idsOf(message: Message): readonly string[] {
  return [message.MessageId ?? "", firstMessageId(message), readText(message, ATTRIBUTE.job) ?? ""];
}

/**
 * Whether it has attributes of a death. In a queue of jobs it is an earlier death: SQS moved the message back
 * unchanged.
 */
export function hasDied(message: Message): boolean {
  return readText(message, ATTRIBUTE.reason) !== undefined;
}

/** Whether SQS's redrive policy moved it, not a worker. Attributes of a death are then of an earlier one. */
function isSetAsideBySqs({ Attributes }: Message): boolean {
  return Attributes?.DeadLetterQueueSourceArn !== undefined;
}

/** Whether it had died before SQS moved it. */
export function isSetAsideAgain(message: Message): boolean {
  return isSetAsideBySqs(message) && hasDied(message);
}

/** How often it was redriven. `isMovedBySqs`: one more than stored, since SQS moves messages unchanged. */
export function redrivesOf(message: Message, isMovedBySqs: boolean): number {
  return (readNumber(message, ATTRIBUTE.redrives) ?? 0) + (isMovedBySqs ? 1 : 0);
}

/** Why it is a dead letter. */
export function readReason(message: Message): DeadReason {
  if (isSetAsideBySqs(message)) return SET_ASIDE_BY_SQS;
  const written = readText(message, ATTRIBUTE.reason);
  return DEAD_REASONS.find((reason) => reason === written) ?? SET_ASIDE_BY_SQS;
}

/** A dead letter may come from others, or be edited by hand. */
function readError(text: string | undefined): SerializedError | undefined {
  if (text === undefined) return undefined;
  try {
    const error = JSON.parse(text) as SerializedError;
    return typeof error?.message === "string" ? error : undefined;
  } catch {
    return undefined;
  }
}
