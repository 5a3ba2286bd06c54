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

/** Where leases end. */
export interface LeaseHolder {
  readonly session: BrokerSession;
  readonly record: QueueRecord;
  /** As core calls the queue. */
  readonly queue: string;
  /** How long each request of the call may take, in ms. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Ends one lease. What goes wrong is the answer; who still holds the lease may try again.
 * A lease that has ended is lost without a request: its receipt could still end a later lease of the message.
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

/** What is known from the moment of the request, whatever becomes of it. */
function noteBefore(
  { record, session }: LeaseHolder,
  leased: LeasedMessage,
  action: Settlement["action"],
): void {
  leased.isEnding = true;
  if (action === "ack") {
    // From now on the job is done: should its message come back, it is deleted without a second run. Only who holds the
    // lease can say so; a late ack counts where SQS confirms it, because core has still to store the result.
    const isHeld = !leased.isGivenBack && session.pace.clock.monotonic() < leased.heldUntil;
    if (isHeld) record.dedupe.finish(leased.id);
  }
  if (action === "release" || action === "retry") {
    // What is released may be back, here or elsewhere, before the answer is.
    leased.isGivenBack = true;
    record.dedupe.letGo(leased);
  }
}

function requestEnd(holder: LeaseHolder, settlement: Settlement): Promise<SettleResult> {
  const { delivery } = settlement;
  switch (settlement.action) {
    case "ack":
      return remove(holder, delivery);
    // Retries and releases are one thing to SQS: the message is hidden for a while, or not any more.
    case "release":
      return hide(holder, delivery, 0);
    case "retry":
      return hide(holder, delivery, settlement.delayMs);
    case "dead":
      return deadLetter(holder, settlement);
  }
}

/** Prolongs one lease. While its end is asked for, that would undo the delay of a retry, so it is to be tried later. */
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

/** How long a lease can still be prolonged, in seconds: SQS allows 12 hours from the receive. */
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
 * First the copy, then the original goes: a crash in between leaves one twice, never lost. Before both the lease is
 * renewed, which shows that it is still held: a job that others have done meanwhile must not rise as a dead letter.
 */
async function deadLetter(
  holder: LeaseHolder,
  { delivery, reason, error }: Extract<Settlement, { readonly action: "dead" }>,
): Promise<SettleResult> {
  const { session, record, timeoutMs } = holder;
  if (record.redriveTarget === undefined) throw new TypeError("a queue without dead letters buries nothing");
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

/** One answer of those for all receipts of a message: what failed is to be done again, and what is lost needs no end. */
function jointAnswer(answers: readonly EntryAnswer[]): EntryAnswer {
  const [first] = answers;
  const failed = answers.find(({ status }) => status === "failed");
  return failed ?? answers.find(({ status }) => status === "done") ?? (first as EntryAnswer);
}

function settleResult(answers: readonly EntryAnswer[]): SettleResult {
  const answer = jointAnswer(answers);
  return answer.status === "done" ? { status: "settled" } : answer;
}
