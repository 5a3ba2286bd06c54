import type { SqsAnswer } from "./sqs-call.ts";

/** An error of AWS. */
export interface SqsRefusal {
  /** The name in the JSON protocol: `QueueDoesNotExist`. */
  readonly name: string;
  readonly message: string;
  /** Of HTTP. Default 400. */
  readonly code?: number;
  /** The namespace of the error; errors of the protocol have another than SQS's. Default `com.amazonaws.sqs`. */
  readonly space?: string;
  /** The name in the older query protocol, where it is not the one that SQS's model has for `name`. */
  readonly queryName?: string;
}

/** The answer that carries a refusal. */
export function refused(refusal: SqsRefusal): SqsAnswer {
  const { name, message, code = 400, space = "com.amazonaws.sqs", queryName } = refusal;
  const body = { __type: `${space}#${name}`, message };
  return { status: "answer", code, body, ...(queryName === undefined ? {} : { queryName }) };
}

/** Error names of the older query protocol: SDKs still read them from a header (Smithy model of SQS). */
const QUERY_NAMES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
  ...inService(
    "QueueDeletedRecently",
    "MessageNotInflight",
    "BatchEntryIdsNotDistinct",
    "EmptyBatchRequest",
    "InvalidBatchEntryId",
    "TooManyEntriesInBatchRequest",
    "BatchRequestTooLong",
    "PurgeQueueInProgress",
    "UnsupportedOperation",
  ),
};

function inService(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `AWS.SimpleQueueService.${name}`]));
}

/** The header `x-amzn-query-error` of an answer; `undefined` without an error. */
export function queryErrorOf(answer: SqsAnswer): string | undefined {
  if (answer.status === "cut" || answer.code < 400) return undefined;
  const name = errorNameOf(answer.body.__type);
  return `${answer.queryName ?? QUERY_NAMES[name] ?? name};${answer.code < 500 ? "Sender" : "Receiver"}`;
}

function errorNameOf(type: unknown): string {
  const text = String(type);
  return text.slice(text.indexOf("#") + 1);
}
