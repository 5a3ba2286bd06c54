import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";

/** Attributes of a message by name. */
export type Attributes = Readonly<Record<string, MessageAttributeValue>>;

/** The most that one message may have (limit of AWS). */
const MAX_ATTRIBUTES = 10;

/** What this package writes beside a body. All readable in the console of AWS; none is needed to run the job. */
export const ATTRIBUTE = {
  /** The task's name. */
  task: "jobs-task",
  /** The job's id. */
  job: "jobs-id",
  /** Due so many ms after the message was sent, where that is more than SQS delays in one step. */
  dueInMs: "jobs-due-in-ms",
  /** The id of the first message of this job: a copy has another. */
  messageId: "jobs-message-id",
  /** Why it is a dead letter. */
  reason: "jobs-reason",
  /** What was thrown last, as JSON. */
  error: "jobs-error",
  /** How often it was delivered before it died. */
  deliveries: "jobs-deliveries",
  /** How often it was redriven. */
  redrives: "jobs-redrives",
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

/** The number of an attribute; `undefined` where there is none, or none that is a number. */
export function readNumber(message: Message, name: string): number | undefined {
  const value = Number(readText(message, name) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** All attributes of a message but some, ours first and at most as many as fit beside `more`: others' may be left behind. */
export function keptAttributes(message: Message, without: readonly string[], more: number): Attributes {
  const all = Object.entries(message.MessageAttributes ?? {}).filter(([name]) => !without.includes(name));
  const kept = [...all.filter(([name]) => OURS.has(name)), ...all.filter(([name]) => !OURS.has(name))];
  return Object.fromEntries(kept.slice(0, MAX_ATTRIBUTES - more));
}

/** What attributes add to the size of a message, in bytes. */
export function attributesBytes(attributes: Attributes): number {
  let bytes = 0;
  for (const [name, { DataType = "", StringValue = "", BinaryValue }] of Object.entries(attributes)) {
    bytes += name.length + DataType.length + Buffer.byteLength(StringValue) + (BinaryValue?.length ?? 0);
  }
  return bytes;
}
