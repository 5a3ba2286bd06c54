import { buffer } from "node:stream/consumers";
import type { SQS } from "@aws-sdk/client-sqs";
import { isObject } from "@jobs/core/runtime";

type Fields = Readonly<Record<string, unknown>>;

/** Name of the error of an answer that is none of SQS: one of a proxy, cut off, or of another protocol. */
export const UNREADABLE = "UnreadableAnswer";

/**
 * What the answer to a command must look like, by the SDK's name of the command. An answer of another shape was not given
 * by SQS: the SDK would read it as a queue that is empty. Commands that are not listed have an answer without content.
 */
const SHAPES: Readonly<Record<string, (answer: Fields) => boolean>> = {
  ChangeMessageVisibilityBatchCommand: isBatchAnswer,
  DeleteMessageBatchCommand: isBatchAnswer,
  GetQueueAttributesCommand: ({ Attributes }) =>
    isObject(Attributes) && Object.values(Attributes).every(isText),
  GetQueueUrlCommand: ({ QueueUrl }) => isFilled(QueueUrl),
  ListMessageMoveTasksCommand: ({ Results }) => isListOf(Results, isObject),
  // An empty queue is answered by an object without fields, or without messages; other fields are of something else.
  ReceiveMessageCommand: (answer) =>
    isListOf(answer.Messages, isMessage) && ("Messages" in answer || Object.keys(answer).length === 0),
  SendMessageBatchCommand: (answer) => isBatchAnswer(answer) && isListOf(answer.Successful, isSent),
  StartMessageMoveTaskCommand: isObject,
};

/** Whether `answer` can be one of SQS to a command. */
export function isReadable(commandName: string, answer: unknown): boolean {
  const isInShape = SHAPES[commandName];
  return isInShape === undefined || (isObject(answer) && isInShape(answer));
}

/** The error for an answer that cannot be read. Its content is left out: it may hold anything. */
export function unreadable(what: string): Error {
  return Object.assign(new Error(`${what} cannot be read`), { name: UNREADABLE });
}

/** Has a client refuse the answers that cannot be read, before the SDK makes of them what it can. */
export function refuseUnreadable(client: SQS): void {
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (step) => {
        const result = await next(step);
        const response = result.response as { readonly statusCode: number; body?: unknown };
        const isSuccess = response.statusCode >= 200 && response.statusCode <= 299;
        if (!isSuccess || SHAPES[commandName] === undefined) return result;
        const content = await contentOf(response.body);
        if (!isReadable(commandName, parsed(content))) throw unreadable(`the answer to ${commandName}`);
        response.body = content;
        return result;
      },
    // As close to the wire as can be, so that the body is still whole.
    { step: "deserialize", name: "refuseUnreadable", priority: "low" },
  );
}

async function contentOf(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  return Buffer.isBuffer(body) ? body : buffer(body as AsyncIterable<Uint8Array>);
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return undefined;
  }
}

function isBatchAnswer({ Successful, Failed }: Fields): boolean {
  return isListOf(Successful, isEntry) && isListOf(Failed, isEntry);
}

function isEntry(value: unknown): boolean {
  return isObject(value) && isText(value.Id);
}

function isSent(value: unknown): boolean {
  return isObject(value) && isFilled(value.MessageId);
}

/** What has no receipt could never be ended, and what has no body is no message. */
function isMessage(value: unknown): boolean {
  if (!isObject(value) || !isText(value.Body)) return false;
  const { MessageId, ReceiptHandle, Attributes = {} } = value;
  return isFilled(MessageId) && isFilled(ReceiptHandle) && isObject(Attributes);
}

/** A list of SQS may be left out when it is empty. */
function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.every(isItem));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isFilled(value: unknown): boolean {
  return isText(value) && value !== "";
}
