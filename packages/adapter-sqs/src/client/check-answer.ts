import { buffer } from "node:stream/consumers";
import type { SQS } from "@aws-sdk/client-sqs";
import { isObject } from "@jobs/core/runtime";

type Fields = Readonly<Record<string, unknown>>;

/** Error name for an answer that is not from SQS: from a proxy, incomplete, or in another protocol. */
export const UNREADABLE = "UnreadableAnswer";

/**
 * The form of the answer to each command, by the SDK's names of commands. An answer in another form is not from SQS;
 * the SDK would read it as an empty queue. Commands that are not listed have an answer without content.
 */
const SHAPES: Readonly<Record<string, (answer: Fields) => boolean>> = {
  ChangeMessageVisibilityBatchCommand: isBatchAnswer,
  DeleteMessageBatchCommand: isBatchAnswer,
  GetQueueAttributesCommand: ({ Attributes }) =>
    isObject(Attributes) && Object.values(Attributes).every(isText),
  GetQueueUrlCommand: ({ QueueUrl }) => isFilled(QueueUrl),
  ListMessageMoveTasksCommand: ({ Results }) => isListOf(Results, isObject),
  // The answer for an empty queue has no fields, or no messages. Other fields are not from SQS.
  ReceiveMessageCommand: (answer) =>
    isListOf(answer.Messages, isMessage) && ("Messages" in answer || Object.keys(answer).length === 0),
  SendMessageBatchCommand: (answer) => isBatchAnswer(answer) && isListOf(answer.Successful, isSent),
  StartMessageMoveTaskCommand: isObject,
};

/** Whether `answer` can be SQS's answer to a command. */
export function isReadable(commandName: string, answer: unknown): boolean {
  const isInShape = SHAPES[commandName];
  return isInShape === undefined || (isObject(answer) && isInShape(answer));
}

/** The error for an unreadable answer, without its content, which may be anything. */
export function unreadable(what: string): Error {
  return Object.assign(new Error(`${what} cannot be read`), { name: UNREADABLE });
}

/** Makes a client refuse unreadable answers before the SDK parses them. */
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
    // As early as possible, when the body is still complete.
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

/** Without a receipt it could never be settled, and without a body it is not a message. */
function isMessage(value: unknown): boolean {
  if (!isObject(value) || !isText(value.Body)) return false;
  const { MessageId, ReceiptHandle, Attributes = {} } = value;
  return isFilled(MessageId) && isFilled(ReceiptHandle) && isObject(Attributes);
}

/** SQS may omit an empty list. */
function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.every(isItem));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isFilled(value: unknown): boolean {
  return isText(value) && value !== "";
}
