import { BrokerUnavailableError, type JobsError } from "@jobs/core";
import type { Delivery, ExtendResult, Settlement, SettleResult } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import type { BrokerSession } from "../broker-session.ts";
import { MAX_VISIBILITY_MS } from "../capabilities.ts";
import { KIND } from "../client/sqs-fault.ts";
import { deadEntry } from "../message/dead-letter.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import { inTurn, type LeasedMessage, leasedMessage } from "./leased-message.ts";

/** What settling a lease needs. */
export interface LeaseHolder {
  readonly session: BrokerSession;
  readonly record: QueueRecord;
  /** The queue's name in core. */
  readonly queue: string;
  /** How long each request of the call may take, in ms. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Settles one lease. An error is a result, and the holder of the lease may retry. An ended lease is lost without a
 * request, since its receipt could end a later lease.
 */
export function settleLease(holder: LeaseHolder, settlement: Settlement): Promise<SettleResult> {
  const leased = leasedMessage(settlement.delivery);
  noteBefore(holder, leased, settlement.action);
  return inTurn(leased, async () => {
    const result = leased.isEnded ? LOST : await requestEnd(holder, settlement);
    leased.isEnding = false;
    if (result.status === "settled") leased.isEnded = true;
    return result;
  });
}

const LOST = { status: "lost" } as const;

/** Records what is known from the request on, whatever its answer. */
function noteBefore(
  { record, session }: LeaseHolder,
  leased: LeasedMessage,
  action: Settlement["action"],
): void {
  leased.isEnding = true;
  if (action === "ack") {
    // From now on the job is done: if its message returns, it is deleted without a second run. Only the holder of the
    // lease can decide that. A late ack counts when SQS confirms it, since core has to store the result first.
    const isHeld = !leased.isGivenBack && session.pace.clock.monotonic() < leased.heldUntil;
    if (isHeld) record.dedupe.finish(leased.id);
  }
  if (action === "release" || action === "retry") {
    // A released message may return, here or elsewhere, before the answer.
    leased.isGivenBack = true;
    record.dedupe.letGo(leased);
  }
}

function requestEnd(holder: LeaseHolder, settlement: Settlement): Promise<SettleResult> {
  const { delivery } = settlement;
  switch (settlement.action) {
    case "ack":
      return remove(holder, delivery);
    // For SQS, a retry and a release are the same: the message is hidden for a while, or visible at once.
    case "release":
      return hide(holder, delivery, 0);
    case "retry":
      return hide(holder, delivery, settlement.delayMs);
    case "dead":
      return deadLetter(holder, settlement);
  }
}

/** Extends one lease. During its settlement that would undo the delay of a retry, so it is retried later. */
export function extendLease(holder: LeaseHolder, delivery: Delivery, leaseMs: number): Promise<ExtendResult> {
  const leased = leasedMessage(delivery);
  if (leased.isEnding) return Promise.resolve({ status: "failed", error: isEnding(holder.queue) });
  return inTurn(leased, async () => (leased.isEnded ? LOST : requestMoreTime(holder, delivery, leaseMs)));
}

function isEnding(queue: string): JobsError {
  return new BrokerUnavailableError({ broker: KIND, queue }, "the lease is being ended.");
}

async function requestMoreTime(
  { record, session, timeoutMs }: LeaseHolder,
  delivery: Delivery,
  leaseMs: number,
): Promise<ExtendResult> {
  const { clock } = session.pace;
  const leased = leasedMessage(delivery);
  const askedAt = clock.monotonic();
  const VisibilityTimeout = allowedSeconds(clock, delivery, leaseMs);
  const entries = leased.receipts.map((ReceiptHandle) => ({ ReceiptHandle, VisibilityTimeout }));
  const answer = jointAnswer(await record.requests.changeVisibility(entries, timeoutMs));
  if (answer.status === "lost") leased.heldUntil = Number.NEGATIVE_INFINITY;
  if (answer.status !== "done") return answer;
  leased.heldUntil = askedAt + Math.min(leaseMs, VisibilityTimeout * 1000);
  return { status: "extended", leaseUntil: leased.heldUntil };
}

/** How long a lease can still be extended, in seconds: SQS allows 12 hours from the receive. */
function allowedSeconds(clock: Clock, delivery: Delivery, wantedMs: number): number {
  const leftMs = MAX_VISIBILITY_MS - (clock.monotonic() - leasedMessage(delivery).takenAt);
  return Math.max(0, Math.min(Math.ceil(wantedMs / 1000), Math.floor(leftMs / 1000)));
}

async function remove({ record, timeoutMs }: LeaseHolder, delivery: Delivery): Promise<SettleResult> {
  return settleResult(await record.requests.delete(leasedMessage(delivery).receipts, timeoutMs));
}

async function hide(
  { record, session, timeoutMs }: LeaseHolder,
  delivery: Delivery,
  delayMs: number,
): Promise<SettleResult> {
  const VisibilityTimeout = allowedSeconds(session.pace.clock, delivery, delayMs);
  const { receipts } = leasedMessage(delivery);
  const entries = receipts.map((ReceiptHandle) => ({ ReceiptHandle, VisibilityTimeout }));
  return settleResult(await record.requests.changeVisibility(entries, timeoutMs));
}

/** Long enough for copying and deleting, in ms. */
const DEAD_LETTER_LEASE_MS = 30_000;

/**
 * Sends the copy first, then deletes the original: a crash between duplicates one instead of losing it. First the lease
 * is renewed, which proves that it is held. A job that another worker has completed must not become a dead letter.
 */
async function deadLetter(
  holder: LeaseHolder,
  { delivery, reason, error }: Extract<Settlement, { readonly action: "dead" }>,
): Promise<SettleResult> {
  const { session, record, timeoutMs } = holder;
  if (record.redriveTarget === undefined)
    throw new TypeError("a queue without a dead-letter queue rejects `dead` settlements");
  const leased = leasedMessage(delivery);
  if (!leased.isCopied) {
    const held = await hide(holder, delivery, DEAD_LETTER_LEASE_MS);
    if (held.status !== "settled") return held;
    const target = await session.queues.findTarget(record.redriveTarget);
    const { isFifo, maxMessageBytes } = target.settings;
    const { deliveryCount } = delivery;
    const copy = deadEntry(leased.message, { reason, error, deliveryCount, isFifo, maxMessageBytes });
    const [answer] = await target.requests.send([copy], timeoutMs);
    if (answer?.status !== "done") return settleResult([answer as EntryAnswer]);
    leased.isCopied = true;
    record.dedupe.finish(leased.id);
  }
  return remove(holder, delivery);
}

/** Combines the answers for all receipts of a message. A failed one has to be repeated; a lost one needs nothing. */
function jointAnswer(answers: readonly EntryAnswer[]): EntryAnswer {
  const [first] = answers;
  const failed = answers.find(({ status }) => status === "failed");
  return failed ?? answers.find(({ status }) => status === "done") ?? (first as EntryAnswer);
}

function settleResult(answers: readonly EntryAnswer[]): SettleResult {
  const answer = jointAnswer(answers);
  return answer.status === "done" ? { status: "settled" } : answer;
}
