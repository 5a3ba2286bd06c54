import type { BatchResultErrorEntry } from "@aws-sdk/client-sqs";
import { BrokerUnavailableError, type JobsError } from "@jobs/core";
import { errorKind, isLostLease, plainName } from "../client/error-name.ts";
import { KIND } from "../client/sqs-fault.ts";

/** The answer for one entry of a batch. */
export type EntryAnswer =
  | { readonly status: "done"; readonly messageId: string }
  /** The receipt is not valid any more. Only for entries with a receipt. */
  | { readonly status: "lost" }
  /** `mayRepeat`: it was not done, and may be done later. */
  | { readonly status: "failed"; readonly error: JobsError; readonly mayRepeat: boolean };

/** The common part of SQS's answers to batches. */
export interface BatchOutcome {
  readonly Successful?:
    | readonly { readonly Id?: string | undefined; readonly MessageId?: string | undefined }[]
    | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

/** The request of a batch. */
export interface AskedBatch {
  readonly count: number;
  /** Full name, for errors. */
  readonly queue: string;
  readonly isSend: boolean;
}

/** Converts the answer to a batch to one for each entry; the ids of entries are their indexes. */
export function answersOf(
  outcome: BatchOutcome,
  { count, queue, isSend }: AskedBatch,
): readonly EntryAnswer[] {
  const answers = new Map<string | undefined, EntryAnswer>();
  for (const { Id, MessageId = "" } of outcome.Successful ?? [])
    answers.set(Id, { status: "done", messageId: MessageId });
  for (const failed of outcome.Failed ?? []) answers.set(failed.Id, refusalOf(failed, queue, isSend));
  return Array.from({ length: count }, (_, index) => answers.get(String(index)) ?? unanswered(queue));
}

/**
 * The same answer for all entries of a batch that failed as a whole. `isRepeatable`: a second request has no further
 * effect.
 */
export function allFailed(error: JobsError, count: number, isRepeatable: boolean): readonly EntryAnswer[] {
  const maybeSent = error instanceof BrokerUnavailableError && error.maybeSent;
  const mayRepeat = error.retryable && (isRepeatable || !maybeSent);
  return Array.from({ length: count }, () => ({ status: "failed", error, mayRepeat }));
}

/** The answer for an entry whose time ended before it was sent. */
export function tooLate(queue: string): EntryAnswer {
  const error = new BrokerUnavailableError({ broker: KIND, queue }, "too much is waiting to be sent.");
  return { status: "failed", error, mayRepeat: false };
}

function refusalOf(failed: BatchResultErrorEntry, queue: string, isSend: boolean): EntryAnswer {
  const { Code = "", SenderFault = false } = failed;
  const name = plainName(Code);
  if (!isSend && SenderFault && isLostLease(name)) return { status: "lost" };
  const mayRepeat = !SenderFault || errorKind(name) === "throttled";
  const error = new BrokerUnavailableError(
    { broker: KIND, queue },
    `SQS answers ${name} to one entry of a batch.`,
    {
      retryable: mayRepeat,
    },
  );
  return { status: "failed", error, mayRepeat };
}

function unanswered(queue: string): EntryAnswer {
  const error = new BrokerUnavailableError(
    { broker: KIND, queue },
    "SQS did not answer one entry of a batch.",
    {
      maybeSent: true,
    },
  );
  return { status: "failed", error, mayRepeat: false };
}
