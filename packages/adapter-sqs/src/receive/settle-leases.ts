import {
  type Clock,
  type Delivery,
  type JobsError,
  refusalOfSettlement,
  type Settlement,
  type SettleResult,
  UnsupportedError,
} from "@jobs/core";
import type { EntryAnswer } from "../batch/entry-answer.ts";
import type { BrokerSession } from "../broker-session.ts";
import { MAX_VISIBILITY_MS } from "../capabilities.ts";
import { KIND } from "../client/sqs-fault.ts";
import { deadEntry } from "../message/dead-letter.ts";
import type { QueueRecord } from "../queue/queue-book.ts";
import { takenMessage } from "./taken-messages.ts";

/** Where leases end. */
export interface LeaseHolder {
  readonly session: BrokerSession;
  readonly record: QueueRecord;
  /** As core calls the queue. */
  readonly queue: string;
}

/** Why a settlement cannot be done here at all; `undefined` when it can. */
export function refusalOf({ record, queue }: LeaseHolder, settlement: Settlement): JobsError | undefined {
  const unsupported = (feature: string, message: string) =>
    new UnsupportedError({ broker: KIND, queue }, feature, message);
  if (settlement.action === "dead" && record.redriveTarget === undefined)
    return unsupported("dead", "has no dead-letter queue");
  if (settlement.action === "retry" && settlement.delayMs > MAX_VISIBILITY_MS)
    return (
      refusalOfSettlement(settlement) ??
      unsupported("retry delay", `delays a retry by at most ${MAX_VISIBILITY_MS} ms`)
    );
  return refusalOfSettlement(settlement);
}

/** Ends one lease, in a way that was not refused. What goes wrong is the answer; who still holds the lease may try again. */
export function settleLease(holder: LeaseHolder, settlement: Settlement): Promise<SettleResult> {
  const { delivery } = settlement;
  switch (settlement.action) {
    case "ack":
      return remove(holder, delivery);
    case "release":
      return hide(holder, delivery, 0);
    case "retry":
      return hide(holder, delivery, settlement.delayMs);
    case "dead":
      return bury(holder, settlement);
  }
}

/** How long a lease can still be prolonged, in seconds: SQS allows 12 hours from the receive. */
export function allowedSeconds(clock: Clock, delivery: Delivery, wantedMs: number): number {
  const leftMs = MAX_VISIBILITY_MS - (clock.monotonic() - takenMessage(delivery).takenAt);
  return Math.max(0, Math.min(Math.ceil(wantedMs / 1000), Math.floor(leftMs / 1000)));
}

async function remove({ record }: LeaseHolder, { receipt }: Delivery): Promise<SettleResult> {
  const [answer] = await record.requests.delete([receipt]);
  return settleResult(answer as EntryAnswer);
}

/** Retries and releases are one thing to SQS: the message is hidden for a while, or not any more. */
async function hide(
  { record, session }: LeaseHolder,
  delivery: Delivery,
  delayMs: number,
): Promise<SettleResult> {
  const VisibilityTimeout = allowedSeconds(session.pace.clock, delivery, delayMs);
  const entry = { ReceiptHandle: delivery.receipt, VisibilityTimeout };
  const [answer] = await record.requests.changeVisibility([entry]);
  return settleResult(answer as EntryAnswer);
}

/** Long enough for copying and deleting, in ms. */
const BURIAL_MS = 30_000;

/**
 * First the copy, then the original goes: a crash in between leaves one twice, never lost. Before both the lease is
 * renewed, which shows that it is still held: a job that others have done meanwhile must not rise as a dead letter.
 */
async function bury(
  holder: LeaseHolder,
  { delivery, reason, error }: Extract<Settlement, { readonly action: "dead" }>,
): Promise<SettleResult> {
  const { session, record } = holder;
  if (record.redriveTarget === undefined) throw new TypeError("a queue without dead letters buries nothing");
  const taken = takenMessage(delivery);
  if (!taken.isCopied) {
    const held = await hide(holder, delivery, BURIAL_MS);
    if (held.status !== "settled") return held;
    const target = await session.queues.findTarget(record.redriveTarget);
    const { isFifo, maxMessageBytes } = target.traits;
    const { deliveryCount } = delivery;
    const copy = deadEntry(taken.message, { reason, error, deliveryCount, isFifo, maxMessageBytes });
    const [answer] = await target.requests.send([copy]);
    if (answer?.status !== "done") return settleResult(answer as EntryAnswer);
    taken.isCopied = true;
  }
  return remove(holder, delivery);
}

function settleResult(answer: EntryAnswer): SettleResult {
  return answer.status === "done" ? { status: "settled" } : answer;
}
