import type { Delivery, SettleResult } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import type { BrokerSession } from "../broker-session.ts";
import { MAX_VISIBILITY_MS } from "../capabilities.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import { leasedMessage } from "./leased-message.ts";

/** What settling a lease needs. */
export interface LeaseHolder {
  readonly session: BrokerSession;
  readonly record: QueueRecord;
  /** The queue's name in core. */
  readonly queue: string;
  /** How long each request of the call may take, in ms. */
  readonly timeoutMs: number;
}

/** How long a lease can still be extended, in seconds: SQS allows 12 hours from the receive. */
export function allowedSeconds(clock: Clock, delivery: Delivery, wantedMs: number): number {
  const leftMs = MAX_VISIBILITY_MS - (clock.monotonic() - leasedMessage(delivery).takenAt);
  return Math.max(0, Math.min(Math.ceil(wantedMs / 1000), Math.floor(leftMs / 1000)));
}

/** Deletes a message by all its receipts. */
export async function deleteMessage(
  { record, timeoutMs }: LeaseHolder,
  delivery: Delivery,
): Promise<SettleResult> {
  return settleResult(await record.requests.delete(leasedMessage(delivery).receipts, timeoutMs));
}

/** Ends or renews a lease: the message is visible again after `delayMs`. */
export async function hideMessage(
  { record, session, timeoutMs }: LeaseHolder,
  delivery: Delivery,
  delayMs: number,
): Promise<SettleResult> {
  const VisibilityTimeout = allowedSeconds(session.pace.clock, delivery, delayMs);
  const { receipts } = leasedMessage(delivery);
  const entries = receipts.map((ReceiptHandle) => ({ ReceiptHandle, VisibilityTimeout }));
  return settleResult(await record.requests.changeVisibility(entries, timeoutMs));
}

/** Combines the answers for all receipts of a message. A failed one has to be repeated; a lost one needs nothing. */
export function jointAnswer(answers: readonly EntryAnswer[]): EntryAnswer {
  const [first] = answers;
  const failed = answers.find(({ status }) => status === "failed");
  return failed ?? answers.find(({ status }) => status === "done") ?? (first as EntryAnswer);
}

/** An answer for all receipts of a message, as the result of a settlement. */
export function settleResult(answers: readonly EntryAnswer[]): SettleResult {
  const answer = jointAnswer(answers);
  return answer.status === "done" ? { status: "settled" } : answer;
}
