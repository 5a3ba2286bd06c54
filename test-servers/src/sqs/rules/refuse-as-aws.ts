import { type BatchEntry, type EntryRefusal, entriesOf, withoutRefused } from "../protocol/sqs-batch.ts";
import type { SqsBody, SqsCall, SqsLayer } from "../protocol/sqs-call.ts";
import { refused, type SqsRefusal } from "../protocol/sqs-refusal.ts";

/** Of the API reference of SendMessage. */
const MAX_DELAY_SECONDS = 900;
const MAX_ATTRIBUTES = 10;
const GROUP_ID = /^[\x21-\x7e]{1,128}$/;
/** Of the API reference of SendMessageBatch. */
const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;
/** The form of this endpoint's receipts. AWS too refuses a receipt that it cannot have issued. */
const RECEIPT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Refuses what AWS refuses and the emulator accepts, entry by entry in batches. */
export const refuseAsAws: SqsLayer = async (call, next) => {
  const entries = entriesOf(call);
  if (entries === undefined) {
    const refusal = refusalOf(call.action, call.body);
    return refusal === undefined ? next(call) : refused(refusal);
  }
  if (entries.some(({ Id }) => !ENTRY_ID.test(Id))) return refused(BAD_ENTRY_ID);
  return withoutRefused(call, refusalsOf(call, entries), next);
};

const BAD_ENTRY_ID: SqsRefusal = {
  name: "InvalidBatchEntryId",
  message:
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
};

function refusalsOf({ action }: SqsCall, entries: readonly BatchEntry[]): ReadonlyMap<string, EntryRefusal> {
  return new Map(
    entries.flatMap((entry) => {
      const refusal = refusalOf(action, entry);
      return refusal === undefined ? [] : [[entry.Id, { ...refusal, isSender: true }]];
    }),
  );
}

function refusalOf(action: string, fields: SqsBody): SqsRefusal | undefined {
  if (action.startsWith("SendMessage")) return refusalOfSend(fields);
  if (fields.ReceiptHandle !== undefined && !RECEIPT.test(String(fields.ReceiptHandle))) {
    return {
      name: "ReceiptHandleIsInvalid",
      message: `The input receipt handle "${fields.ReceiptHandle}" is not a valid receipt handle.`,
    };
  }
  return undefined;
}

function refusalOfSend({
  DelaySeconds = 0,
  MessageAttributes = {},
  MessageGroupId,
}: SqsBody): SqsRefusal | undefined {
  const delay = Number(DelaySeconds);
  if (!Number.isInteger(delay) || delay < 0 || delay > MAX_DELAY_SECONDS) {
    return invalid(
      `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`,
    );
  }
  const attributes = Object.keys(MessageAttributes as object).length;
  if (attributes > MAX_ATTRIBUTES) {
    return invalid(`Number of message attributes [${attributes}] exceeds the allowed maximum [10].`);
  }
  if (MessageGroupId !== undefined && !GROUP_ID.test(String(MessageGroupId))) {
    return invalid(`Value ${MessageGroupId} for parameter MessageGroupId is invalid.`);
  }
  return undefined;
}

function invalid(message: string): SqsRefusal {
  return { name: "InvalidParameterValue", message };
}
