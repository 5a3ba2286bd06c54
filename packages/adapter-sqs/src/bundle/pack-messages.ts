import type { OutgoingMessage } from "@jobs/core/broker";
import { ATTRIBUTE, attributesBytes, numberAttribute } from "../message/attributes.ts";
import { type EntryStyle, newEntry, type SendEntry } from "../message/send-entry.ts";
import { bundleBody, FRAME_BYTES, jobText } from "./bundle-body.ts";

/** AWS bills each started part of this size as a request, so a larger bundle would save nothing. In bytes. */
const BILLED_BYTES = 65_536;

/** How messages are packed. */
export interface PackStyle extends EntryStyle {
  /** The most jobs of one message. */
  readonly jobsPerMessage: number;
  /** The largest body of the queue, in bytes. */
  readonly maxBodyBytes: number;
}

/** What is sent as one message of SQS, and the indexes of the messages in it. */
export interface Packed {
  readonly entry: SendEntry;
  readonly indexes: readonly number[];
}

/** A bundle that is being filled. */
interface Filling {
  /** What is sent if no other job comes. */
  readonly alone: SendEntry;
  readonly indexes: number[];
  readonly texts: string[];
  bytes: number;
}

/**
 * Packs messages of the same delay and group into bundles, in their order. A message that stands alone, or is too large,
 * is sent as without bundles.
 */
export function packMessages(messages: readonly OutgoingMessage[], style: PackStyle): readonly Packed[] {
  const mostBytes = Math.min(BILLED_BYTES, style.maxBodyBytes);
  const all: Filling[] = [];
  const open = new Map<string, Filling>();
  for (const [index, message] of messages.entries()) {
    const alone = newEntry(message, style);
    const text = jobText(message);
    const bytes = Buffer.byteLength(text) + 1;
    const line = lineOf(alone);
    let filling = open.get(line);
    const isFull = filling !== undefined && filling.texts.length >= style.jobsPerMessage;
    if (filling === undefined || isFull || filling.bytes + bytes > mostBytes) {
      filling = { alone, indexes: [], texts: [], bytes: FRAME_BYTES };
      open.set(line, filling);
      all.push(filling);
    }
    filling.indexes.push(index);
    filling.texts.push(text);
    filling.bytes += bytes;
  }
  return all.map((filling) => {
    const { alone, indexes, texts } = filling;
    return { indexes, entry: indexes.length === 1 ? alone : bundleEntry(alone, texts) };
  });
}

/** What messages of one bundle have in common. */
function lineOf({ fields }: SendEntry): string {
  const { DelaySeconds, MessageGroupId = "", MessageAttributes } = fields;
  const due = MessageAttributes?.[ATTRIBUTE.dueInMs]?.StringValue ?? "";
  return `${DelaySeconds} ${due} ${MessageGroupId}`;
}

function bundleEntry({ fields }: SendEntry, texts: readonly string[]): SendEntry {
  const body = bundleBody(texts);
  const due = fields.MessageAttributes?.[ATTRIBUTE.dueInMs];
  const attributes = {
    [ATTRIBUTE.bundle]: numberAttribute(texts.length),
    ...(due === undefined ? {} : { [ATTRIBUTE.dueInMs]: due }),
  };
  return {
    fields: { ...fields, MessageBody: body, MessageAttributes: attributes },
    bytes: Buffer.byteLength(body) + attributesBytes(attributes),
  };
}
