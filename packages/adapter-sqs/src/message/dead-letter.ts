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

/** Attributes of a dead letter, which a redrive removes. */
const OF_DEATH = [ATTRIBUTE.reason, ATTRIBUTE.error, ATTRIBUTE.deliveries] as const;

/** SQS itself moves messages that were received too often, as with a job that kills its workers. */
const SET_ASIDE_BY_SQS: DeadReason = "crash_loop";

/** Lengths for the texts of an error, in characters, tried in this order until they fit. */
const ERROR_TEXTS = [2_000, 800, 200, 0] as const;

/** The reason and the queue of a dead letter. */
export interface Death {
  readonly reason: DeadReason;
  readonly error?: SerializedError | undefined;
  readonly deliveryCount: number;
  /** Of the dead-letter queue. */
  readonly isFifo: boolean;
  readonly maxMessageBytes: number;
}

/** The copy for the dead-letter queue. Its error is shortened to fit with the body. */
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
 * The first choice that fits with the body. A foreign body may leave space for none. Then the copy has no attributes:
 * the message must leave its queue, or it would return for ever.
 */
function fittingAttributes(choices: readonly Attributes[], room: number): Attributes {
  return choices.find((attributes) => attributesBytes(attributes) <= room) ?? {};
}

/** The message for a redrive. Its attempts start again, and its redrives are counted. */
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
  // A FIFO queue would drop the job's own id as a repetition within some minutes.
  return copyEntry(dead, { isFifo, attributes, dedupeId: `redrive-${dead.MessageId}` });
}

/** A dead letter for `peek`. One that SQS itself moved has no other reason. */
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

/** The id of the job's first message. */
export function firstMessageId(message: Message): string {
  return readText(message, ATTRIBUTE.messageId) ?? message.MessageId ?? "";
}

/** Whether one of these ids is that of the job, of its first message, or of this message. */
export function isNamedBy(message: Message, ids: ReadonlySet<string>): boolean {
  const job = readText(message, ATTRIBUTE.job) ?? "";
  return [message.MessageId ?? "", firstMessageId(message), job].some((id) => ids.has(id));
}

/**
 * Whether it has attributes of a death. In a queue of jobs it is an earlier death: SQS moved the message back
 * unchanged.
 */
function hasDied(message: Message): boolean {
  return readText(message, ATTRIBUTE.reason) !== undefined;
}

/** Whether SQS's redrive policy moved it, not a worker. Attributes of a death are then of an earlier one. */
function isSetAsideBySqs({ Attributes }: Message): boolean {
  return Attributes?.DeadLetterQueueSourceArn !== undefined;
}

function isSetAsideAgain(message: Message): boolean {
  return isSetAsideBySqs(message) && hasDied(message);
}

/** `isMovedBySqs`: one more than stored, since SQS moves messages unchanged. */
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
