import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";

/** Attributes of a message by name. */
export type Attributes = Readonly<Record<string, MessageAttributeValue>>;

/** The most that one message may have (limit of AWS). */
const MAX_ATTRIBUTES = 10;

/** Attributes that this package writes. AWS's console shows them; no job needs them to run. */
export const ATTRIBUTE = {
  /** The task's name. */
  task: "jobs-task",
  /** The job's id. */
  job: "jobs-id",
  /** The delay in ms from the send, if it is longer than SQS's longest. */
  dueInMs: "jobs-due-in-ms",
  /** The id of the first message of this job; a copy has another id. */
  messageId: "jobs-message-id",
  /** Why it is a dead letter. */
  reason: "jobs-reason",
  /** The last error, as JSON. */
  error: "jobs-error",
  /** Number of deliveries before its death. */
  deliveries: "jobs-deliveries",
  /** When it died, in ms since 1970, if it died in another broker. */
  deadAt: "jobs-dead-at",
  /**
   * Number of deliveries that SQS does not count: those in a bundle that the job has left, or failures and crashes in
   * another broker, from which the job came.
   */
  past: "jobs-past-deliveries",
  /** How often it was redriven. */
  redrives: "jobs-redrives",
  /** Number of its jobs, if it is a bundle. */
  bundle: "jobs-bundle",
} as const;

const OURS: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE));

/** An attribute of text. SQS refuses empty ones. */
export function textAttribute(value: string): MessageAttributeValue {
  return { DataType: "String", StringValue: value };
}

/** An attribute of a number. */
export function numberAttribute(value: number): MessageAttributeValue {
  return { DataType: "Number", StringValue: String(value) };
}

/** The text of an attribute; `undefined` where there is none. */
export function readText({ MessageAttributes }: Message, name: string): string | undefined {
  return MessageAttributes?.[name]?.StringValue;
}

/** The number of an attribute; `undefined` without one. */
export function readNumber(message: Message, name: string): number | undefined {
  const value = Number(readText(message, name) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * The attributes of a message except `without`, ours first. Only as many as fit with `more` others, so foreign ones may
 * be dropped.
 */
export function keptAttributes(message: Message, without: readonly string[], more: number): Attributes {
  const all = Object.entries(message.MessageAttributes ?? {}).filter(([name]) => !without.includes(name));
  const kept = [...all.filter(([name]) => OURS.has(name)), ...all.filter(([name]) => !OURS.has(name))];
  return Object.fromEntries(kept.slice(0, MAX_ATTRIBUTES - more));
}

/** Size of attributes in bytes. */
export function attributesBytes(attributes: Attributes): number {
  let bytes = 0;
  for (const [name, { DataType = "", StringValue = "", BinaryValue }] of Object.entries(attributes)) {
    bytes += name.length + DataType.length + Buffer.byteLength(StringValue) + (BinaryValue?.length ?? 0);
  }
  return bytes;
}

/** Attributes of a dead letter, which a redrive removes. */
export const DEATH_ATTRIBUTES: readonly string[] = [
  ATTRIBUTE.reason,
  ATTRIBUTE.error,
  ATTRIBUTE.deliveries,
  ATTRIBUTE.deadAt,
  ATTRIBUTE.past,
];

/**
 * The first choice that fits with the body. A foreign body may leave space for none. Then the copy has no attributes:
 * the message must leave its queue, or it would return for ever.
 */
export function fittingAttributes(choices: readonly Attributes[], room: number): Attributes {
  return choices.find((attributes) => attributesBytes(attributes) <= room) ?? {};
}
