import type { Settlement, SettleResult } from "@jobs/core/broker";
import type { QueueChange } from "../queue/queue-counters.ts";
import { ackBatch } from "./ack-batch.ts";
import { endLease } from "./end-lease.ts";
import { hearOf } from "./hear-of.ts";
import { parseReceipt } from "./receipt.ts";

const LOST: SettleResult = { status: "lost" };
const SETTLED: SettleResult = { status: "settled" };

/** Settles leases. Only the current lease of a message can; the others are `lost`. */
export function settleLeases(
  change: QueueChange,
  settlements: readonly Settlement[],
  nowAt: number,
): readonly SettleResult[] {
  if (ackBatch(change, settlements)) {
    change.counters.move(settlements.length, "leased", undefined);
    return settlements.map(() => SETTLED);
  }
  return settlements.map((settlement) => settleOne(change, settlement, nowAt));
}

function settleOne(change: QueueChange, settlement: Settlement, nowAt: number): SettleResult {
  const key = parseReceipt(settlement.delivery.receipt);
  if (key === undefined || key.queue !== change.queue.id) return LOST;
  let end = endLease(change, key, settlement, nowAt);
  if (!end.wasHeld && hearOf(change, key) === "leased again") end = endLease(change, key, settlement, nowAt);
  if (!end.wasHeld) return LOST;
  change.counters.move(1, "leased", end.state);
  return SETTLED;
}

/** The results for a queue that does not exist. */
export function allLost(settlements: readonly Settlement[]): readonly SettleResult[] {
  return settlements.map(() => LOST);
}
