import { createHash } from "node:crypto";
import type { Message, SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import type { OutgoingMessage } from "@jobs/core/broker";
import { ATTRIBUTE, type Attributes, attributesBytes, numberAttribute, textAttribute } from "./attributes.ts";

/** What one entry of a batch sends, and its size. */
export interface SendEntry {
  readonly fields: Omit<SendMessageBatchRequestEntry, "Id"> & { readonly MessageBody: string };
  readonly bytes: number;
}

/** Names of groups that SQS accepts. */
const GROUP_ID = /^[!-~]{1,128}$/;

/** Texts that are used unchanged in an attribute. */
const PLAIN_TEXT = /^[ -~\u00a0-\ud7ff]{1,256}$/;

/** Properties of a queue that change its messages. */
export interface EntryStyle {
  readonly isFifo: boolean;
  /** The longest delay of one message, in seconds. */
  readonly maxDelaySeconds: number;
}

/** A new message. */
export function newEntry(message: OutgoingMessage, { isFifo, maxDelaySeconds }: EntryStyle): SendEntry {
  const { id, label, body, delayMs = 0, groupKey } = message;
  const delaySeconds = Math.ceil(delayMs / 1000);
  const attributes = {
    ...jobAttributes(id, label),
    ...(delaySeconds > maxDelaySeconds ? { [ATTRIBUTE.dueInMs]: numberAttribute(Math.ceil(delayMs)) } : {}),
  };
  const line = isFifo
    ? { MessageGroupId: groupId(groupKey ?? id), MessageDeduplicationId: id }
    : {
        // Always set, since a queue may have a default delay.
        DelaySeconds: Math.min(delaySeconds, maxDelaySeconds),
        ...(groupKey === undefined ? {} : { MessageGroupId: groupId(groupKey) }),
      };
  return entry(body, attributes, line);
}

/** The attributes of every job. */
export function jobAttributes(id: string, label: string): Attributes {
  return {
    ...(PLAIN_TEXT.test(label) ? { [ATTRIBUTE.task]: textAttribute(label) } : {}),
    [ATTRIBUTE.job]: textAttribute(id),
  };
}

/** The same entry with further attributes. */
export function addAttributes({ fields, bytes }: SendEntry, more: Attributes): SendEntry {
  return {
    fields: { ...fields, MessageAttributes: { ...fields.MessageAttributes, ...more } },
    bytes: bytes + attributesBytes(more),
  };
}

/** Differences of a copy from its original. */
export interface CopyStyle {
  readonly isFifo: boolean;
  readonly attributes: Attributes;
  /** Equal for every try, so that a FIFO queue stores the copy once. */
  readonly dedupeId: string;
  readonly delaySeconds?: number;
}

/** A copy of a message for another queue or a later time, in the same group. */
export function copyEntry(original: Message, copy: CopyStyle): SendEntry {
  const { Body = "", Attributes: { MessageGroupId } = {} } = original;
  const group = MessageGroupId ?? (copy.isFifo ? (original.MessageId ?? copy.dedupeId) : undefined);
  return entry(Body, copy.attributes, {
    ...(group === undefined ? {} : { MessageGroupId: group }),
    ...(copy.isFifo ? { MessageDeduplicationId: copy.dedupeId } : { DelaySeconds: copy.delaySeconds ?? 0 }),
  });
}

function entry(
  body: string,
  attributes: Attributes,
  line: Pick<SendEntry["fields"], "MessageGroupId" | "MessageDeduplicationId" | "DelaySeconds">,
): SendEntry {
  return {
    fields: { MessageBody: body, MessageAttributes: { ...attributes }, ...line },
    bytes: Buffer.byteLength(body) + attributesBytes(attributes),
  };
}

/** The name of a group; a text that SQS refuses is replaced by its hash. */
function groupId(key: string): string {
  return GROUP_ID.test(key) ? key : createHash("sha256").update(key).digest("hex");
}
