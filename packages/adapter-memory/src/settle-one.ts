import { countsAsFailure, type Delivery, type Settlement, type SettleResult } from "@jobs/core/broker";
import { MemoryDelivery } from "./memory-delivery.ts";
import type { MessageRecord } from "./message-record.ts";
import type { Session } from "./session.ts";

const SETTLED: SettleResult = { status: "settled" };
const LOST: SettleResult = { status: "lost" };

/**
 * Whether the delivery is the current lease of the message. With fencing, an ended lease stays valid for its holder
 * until the message is taken again.
 */
export function holds(session: Session, record: MessageRecord, delivery: Delivery, nowAt: number): boolean {
  if (session.capabilities.fencing) session.queue.state.hearOf(record, delivery.receipt, nowAt);
  return record.state === "leased" && record.history.receipt === delivery.receipt;
}

/** Ends one lease, unless it has ended already. */
export function settleOne(session: Session, settlement: Settlement, nowAt: number): SettleResult {
  const { delivery } = settlement;
  const record = MemoryDelivery.recordOf(delivery, session.queue.state);
  if (record === undefined || !maySettle(session, record, delivery, nowAt)) {
    // Without fencing a stale receipt is not recognised: SQS answers such a delete with success and does nothing.
    return session.capabilities.fencing ? LOST : SETTLED;
  }
  apply(session, record, settlement, nowAt);
  return SETTLED;
}

/** Without fencing, the latest receipt stays valid after its lease until the message is leased again. */
function maySettle(session: Session, record: MessageRecord, delivery: Delivery, nowAt: number): boolean {
  if (session.capabilities.fencing) return holds(session, record, delivery, nowAt);
  return record.state !== "dead" && record.history.receipt === delivery.receipt;
}

function apply(session: Session, record: MessageRecord, settlement: Settlement, nowAt: number): void {
  const { state } = session.queue;
  if (countsAsFailure(settlement)) {
    record.history = { ...record.history, failureCount: record.history.failureCount + 1 };
  }
  if (settlement.action === "ack") state.remove(record);
  else if (settlement.action === "release") state.release(record, nowAt);
  else if (settlement.action === "dead") {
    state.deadLetter(record, settlement.reason, session.clock.now(), settlement.error);
  } else {
    const { history } = record;
    record.history = { ...history, lastError: settlement.reason ?? history.lastError };
    state.retry(record, { nowAt, dueAt: nowAt + settlement.delayMs });
  }
}
