import { refusalOfSettlement, type Settlement, type SettleResult } from "@jobs/core";
import type { Present } from "../queue/bring-up-to-date.ts";
import { withLedger } from "../queue/ledger.ts";
import { findQueue } from "../queue/queue-row.ts";
import type { Sql } from "../storage/sql.ts";
import { endLease } from "./end-lease.ts";
import { parseReceipt } from "./receipt.ts";

/** Ends leases. Only the holder of the current lease changes anything; for all others it is `lost`. */
export function settleLeases(
  sql: Sql,
  queueName: string,
  settlements: readonly Settlement[],
  present: Present,
): readonly SettleResult[] {
  const queue = findQueue(sql, queueName);
  if (queue === undefined) return settlements.map(() => ({ status: "lost" }));
  return withLedger(sql, queue, (ledger) =>
    settlements.map((settlement) => {
      const key = parseReceipt(settlement.delivery.receipt);
      if (key === undefined || key.queue !== queue.id) return { status: "lost" };
      const error = refusalOfSettlement(settlement);
      if (error !== undefined) return { status: "failed", error };
      const end = endLease(sql, key, settlement, { present, ledger });
      if (!end.wasHeld) return { status: "lost" };
      ledger.move(1, "leased", end.state);
      return { status: "settled" };
    }),
  );
}
