import { refusalOfSettlement, type Settlement, type SettleResult } from "@jobs/core";
import type { Present } from "../queue/bring-up-to-date.ts";
import { type Ledger, withLedger } from "../queue/ledger.ts";
import { findQueue, type QueueRow } from "../queue/queue-row.ts";
import type { Sql } from "../storage/sql.ts";
import { ackTogether } from "./ack-together.ts";
import { endLease } from "./end-lease.ts";
import { parseReceipt } from "./receipt.ts";

const LOST: SettleResult = { status: "lost" };
const SETTLED: SettleResult = { status: "settled" };

/** Ends leases. Only the holder of the current lease changes anything; for all others it is `lost`. */
export function settleLeases(
  sql: Sql,
  queueName: string,
  settlements: readonly Settlement[],
  present: Present,
): readonly SettleResult[] {
  const queue = findQueue(sql, queueName);
  if (queue === undefined) return settlements.map(() => LOST);
  return withLedger(sql, queue, (ledger) => {
    if (ackTogether(sql, queue.id, settlements, present)) {
      ledger.move(settlements.length, "leased", undefined);
      return settlements.map(() => SETTLED);
    }
    return settlements.map((settlement) => settleOne(sql, queue, settlement, { present, ledger }));
  });
}

function settleOne(
  sql: Sql,
  queue: QueueRow,
  settlement: Settlement,
  parts: { readonly present: Present; readonly ledger: Ledger },
): SettleResult {
  const key = parseReceipt(settlement.delivery.receipt);
  if (key === undefined || key.queue !== queue.id) return LOST;
  const error = refusalOfSettlement(settlement);
  if (error !== undefined) return { status: "failed", error };
  const end = endLease(sql, key, settlement, parts);
  if (!end.wasHeld) return LOST;
  parts.ledger.move(1, "leased", end.state);
  return SETTLED;
}
