import type { Message } from "@aws-sdk/client-sqs";
import { DEAD_REASONS, type DeadReason, type SerializedError, type StoredMessage } from "@jobs/core/broker";
import type { QueueSettings } from "../capabilities.ts";
import {
  ATTRIBUTE,
  type Attributes,
  attributesBytes,
  keptAttributes,
  numberAttribute,
  readNumber,
  readText,
  textAttribute,
} from "./attributes.ts";
import { copyEntry, type SendEntry } from "./send-entry.ts";

/** What a dead letter says beside its message; none of it survives a redrive. */
const OF_DEATH = [ATTRIBUTE.reason, ATTRIBUTE.error, ATTRIBUTE.deliveries] as const;

/** SQS sets aside by itself what was received too often, which stands for a job that kills its workers. */
const SET_ASIDE_BY_SQS: DeadReason = "crash_loop";

/** How much of an error's texts is kept, in characters, tried in this order until it fits. */
const ERROR_TEXTS = [2_000, 800, 200, 0] as const;

/** How and where a message dies. */
export interface Death {
  readonly reason: DeadReason;
  readonly error?: SerializedError | undefined;
  readonly deliveryCount: number;
  /** Of the dead-letter queue. */
  readonly isFifo: boolean;
  readonly maxMessageBytes: number;
}

/** The copy for the dead-letter queue. Its error is shortened to what fits beside the body. */
export function deadEntry(message: Message, death: Death): SendEntry {
  const redrives = redrivesOf(message, hasDied(message));
  const bodyBytes = Buffer.byteLength(message.Body ?? "");
  const needed = {
    [ATTRIBUTE.messageId]: textAttribute(firstMessageId(message)),
    ...(redrives === 0 ? {} : { [ATTRIBUTE.redrives]: numberAttribute(redrives) }),
    [ATTRIBUTE.reason]: textAttribute(death.reason),
    [ATTRIBUTE.deliveries]: numberAttribute(death.deliveryCount),
  };
  const all = {
    ...keptAttributes(message, [...OF_DEATH, ATTRIBUTE.redrives], OF_DEATH.length + 2),
    ...needed,
  };
  const attributes = fittingAttributes([all, needed], death.maxMessageBytes - bodyBytes);
  const room = death.maxMessageBytes - bodyBytes - attributesBytes(attributes);
  const error = death.error === undefined ? undefined : fittingError(death.error, room);
  return copyEntry(message, {
    isFifo: death.isFifo,
    attributes: error === undefined ? attributes : { ...attributes, [ATTRIBUTE.error]: textAttribute(error) },
    dedupeId: `dead-${message.MessageId}`,
  });
}

/**
 * The first choice that fits beside the body. A body of others may leave room for none: without any attribute it still
 * gets away from its queue, where it would come back for ever.
 */
function fittingAttributes(choices: readonly Attributes[], room: number): Attributes {
  return choices.find((attributes) => attributesBytes(attributes) <= room) ?? {};
}

/** The message that a dead letter goes back to work as. Its attempts start anew, its redrives are counted. */
export function redrivenEntry(
  dead: Message,
  { isFifo, maxMessageBytes }: Pick<QueueSettings, "isFifo" | "maxMessageBytes">,
): SendEntry {
  const redrives = redrivesOf(dead, isSetAsideAgain(dead)) + 1;
  const { redrives: count, messageId } = ATTRIBUTE;
  const needed = {
    [messageId]: textAttribute(firstMessageId(dead)),
    [count]: numberAttribute(redrives),
  };
  const all = { ...keptAttributes(dead, [...OF_DEATH, count], 2), ...needed };
  const attributes = fittingAttributes([all, needed], maxMessageBytes - Buffer.byteLength(dead.Body ?? ""));
  // The job's own id would be taken for a repetition by a FIFO queue that has seen it within minutes.
  return copyEntry(dead, { isFifo, attributes, dedupeId: `redrive-${dead.MessageId}` });
}

/** A dead letter as it is shown. What SQS set aside by itself has no reason but that. */
export function storedDeadLetter(message: Message): StoredMessage {
  const at = Number(message.Attributes?.SentTimestamp ?? 0);
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
    dueAt: at,
    redrives: redrivesOf(message, isSetAsideAgain(message)),
    dead: { reason: readReason(message), at, ...(error === undefined ? {} : { error }) },
  };
}

/** The id that the message had when it was sent first. */
export function firstMessageId(message: Message): string {
  return readText(message, ATTRIBUTE.messageId) ?? message.MessageId ?? "";
}

/** Whether a message is meant by one of these ids: the job's, its first message's, or its own. */
export function isNamedBy(message: Message, ids: ReadonlySet<string>): boolean {
  const job = readText(message, ATTRIBUTE.job) ?? "";
  return [message.MessageId ?? "", firstMessageId(message), job].some((id) => ids.has(id));
}

/** It tells of a death. In a queue of jobs that is an earlier one: SQS has moved it back as it was. */
function hasDied(message: Message): boolean {
  return readText(message, ATTRIBUTE.reason) !== undefined;
}

/** By its redrive policy, not by a worker: what it tells of a death was an earlier one. */
function isSetAsideBySqs({ Attributes }: Message): boolean {
  return Attributes?.DeadLetterQueueSourceArn !== undefined;
}

function isSetAsideAgain(message: Message): boolean {
  return isSetAsideBySqs(message) && hasDied(message);
}

/** `isMovedBySqs`: once more than is written, since SQS changes nothing on what it moves. */
function redrivesOf(message: Message, isMovedBySqs: boolean): number {
  return (readNumber(message, ATTRIBUTE.redrives) ?? 0) + (isMovedBySqs ? 1 : 0);
}

function readReason(message: Message): DeadReason {
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

function fittingError(error: SerializedError, room: number): string | undefined {
  const place = ATTRIBUTE.error.length + "String".length;
  return ERROR_TEXTS.map((length) => errorText(error, length)).find(
    (text) => Buffer.byteLength(text) + place <= room,
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
