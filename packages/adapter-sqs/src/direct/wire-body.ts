import { hash } from "node:crypto";
import type {
  Message,
  MessageAttributeValue,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
} from "@aws-sdk/client-sqs";

interface Attributed {
  MessageAttributes?: Record<string, MessageAttributeValue> | undefined;
}

/** The JSON for the input of a command; bytes become base64. */
export function encodeInput(input: object): string {
  const { Entries } = input as { readonly Entries?: readonly Attributed[] };
  if (Entries?.some(hasBytes) !== true) return JSON.stringify(input);
  return JSON.stringify({ ...input, Entries: Entries.map(withBase64) });
}

/** The output of a command in the SDK's form, without its metadata. @throws SyntaxError for a text that is not JSON */
export function decodeOutput(text: string): object {
  const output = JSON.parse(text) as { readonly Messages?: readonly Attributed[] };
  if (typeof output !== "object" || output === null) throw new SyntaxError("an answer of SQS is an object");
  for (const message of output.Messages ?? []) if (hasBytes(message)) restoreBytes(message);
  return output;
}

function hasBytes({ MessageAttributes = {} }: Attributed): boolean {
  for (const name in MessageAttributes) if (MessageAttributes[name]?.BinaryValue !== undefined) return true;
  return false;
}

function withBase64(entry: Attributed): object {
  const attributes = Object.entries(entry.MessageAttributes ?? {}).map(
    ([name, { BinaryValue, ...value }]) => [
      name,
      BinaryValue === undefined
        ? value
        : { ...value, BinaryValue: Buffer.from(BinaryValue).toString("base64") },
    ],
  );
  return { ...entry, MessageAttributes: Object.fromEntries(attributes) };
}

function restoreBytes({ MessageAttributes = {} }: Attributed): void {
  for (const value of Object.values(MessageAttributes)) {
    const base64 = value.BinaryValue as unknown;
    if (typeof base64 === "string") value.BinaryValue = Buffer.from(base64, "base64");
  }
}

/** The fields of a command with bodies. */
interface Carried {
  readonly Entries?: readonly SendMessageBatchRequestEntry[];
}
interface Answered extends Partial<Pick<SendMessageBatchResult, "Successful">> {
  readonly Messages?: readonly Message[];
}

/** Whether the checksums of SQS match the bodies. Always true for other commands. */
export function isIntact(input: Carried, { Messages = [], Successful = [] }: Answered): boolean {
  if (!Messages.every(({ Body = "", MD5OfBody }) => MD5OfBody === md5(Body))) return false;
  if (Successful.length === 0 || input.Entries?.[0]?.MessageBody === undefined) return true;
  const bodies = new Map(input.Entries.map(({ Id, MessageBody = "" }) => [Id, MessageBody]));
  return Successful.every(({ Id, MD5OfMessageBody }) => MD5OfMessageBody === md5(bodies.get(Id) ?? ""));
}

function md5(body: string): string {
  return hash("md5", body);
}
