import type { ExtendResult, SettleResult } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import type { BrokerSession } from "../broker-session.ts";
import { MAX_VISIBILITY_MS } from "../capabilities.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import type { LeasedMessage } from "./leased-message.ts";

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
function allowedSeconds(clock: Clock, { takenAt }: LeasedMessage, wantedMs: number): number {
  const leftMs = MAX_VISIBILITY_MS - (clock.monotonic() - takenAt);
  return Math.max(0, Math.min(Math.ceil(wantedMs / 1000), Math.floor(leftMs / 1000)));
}

/** Deletes a message by all its receipts. */
export async function deleteMessage(
  { record, timeoutMs }: LeaseHolder,
  { receipts }: LeasedMessage,
): Promise<SettleResult> {
  return settleResult(await record.requests.delete(receipts, timeoutMs));
}

/** Ends or renews a lease: the message is visible again after `delayMs`. */
export async function hideMessage(
  holder: LeaseHolder,
  leased: LeasedMessage,
  delayMs: number,
): Promise<SettleResult> {
  const seconds = allowedSeconds(holder.session.pace.clock, leased, delayMs);
  return settleResult(await changeVisibility(holder, leased, seconds));
}

/** Renews a lease to `leaseMs` from now, or to the end of the 12 hours. */
export async function renewLease(
  holder: LeaseHolder,
  leased: LeasedMessage,
  leaseMs: number,
): Promise<ExtendResult> {
  const { clock } = holder.session.pace;
  const askedAt = clock.monotonic();
  const seconds = allowedSeconds(clock, leased, leaseMs);
  const answer = jointAnswer(await changeVisibility(holder, leased, seconds));
  if (answer.status === "lost") leased.leasedUntil = Number.NEGATIVE_INFINITY;
  if (answer.status !== "done") return answer;
  leased.leasedUntil = askedAt + Math.min(leaseMs, seconds * 1000);
  return { status: "extended", leaseUntil: leased.leasedUntil };
}

function changeVisibility(
  { record, timeoutMs }: LeaseHolder,
  { receipts }: LeasedMessage,
  VisibilityTimeout: number,
): Promise<readonly EntryAnswer[]> {
  const entries = receipts.map((ReceiptHandle) => ({ ReceiptHandle, VisibilityTimeout }));
  return record.requests.changeVisibility(entries, timeoutMs);
}

/** Combines the answers for all receipts of a message. A failed one has to be repeated; a lost one needs nothing. */
function jointAnswer(answers: readonly EntryAnswer[]): EntryAnswer {
  const [first] = answers;
  const failed = answers.find(({ status }) => status === "failed");
  return failed ?? answers.find(({ status }) => status === "done") ?? (first as EntryAnswer);
}

/** An answer for all receipts of a message, as the result of a settlement. */
export function settleResult(answers: readonly EntryAnswer[]): SettleResult {
  const answer = jointAnswer(answers);
  return answer.status === "done" ? { status: "settled" } : answer;
}
