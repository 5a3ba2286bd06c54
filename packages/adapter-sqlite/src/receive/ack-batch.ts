import type { Settlement } from "@jobs/core/broker";
import type { QueueChange } from "../queue/queue-counters.ts";
import { rowsBySeq, runOnRows } from "../storage/rows-by-seq.ts";
import { STATE } from "../storage/schema.ts";
import { parseReceipt } from "./receipt.ts";

/** `+` prevents SQLite from using an index instead of the row numbers. */
const ackRows = rowsBySeq(
  (where) =>
    `DELETE FROM messages WHERE ${where} AND lease = ?3 AND +queue = ?4 AND +state = ${STATE.leased}`,
);

/**
 * Acks many leases with few statements. `false`, without any change, when one of them is not an ack or not held. Then
 * each has to be settled alone.
 */
export function ackBatch({ sql, queue }: QueueChange, settlements: readonly Settlement[]): boolean {
  if (settlements.length < 2 || settlements.some(({ action }) => action !== "ack")) return false;
  const rowsByLease = new Map<number, number[]>();
  for (const { delivery } of settlements) {
    const key = parseReceipt(delivery.receipt);
    if (key?.queue !== queue.id) return false;
    const rows = rowsByLease.get(key.lease);
    if (rows === undefined) rowsByLease.set(key.lease, [key.seq]);
    else rows.push(key.seq);
  }
  return sql.attempt(() => {
    for (const [lease, rows] of rowsByLease) {
      const acked = runOnRows(sql, ackRows, rows, [lease, queue.id]);
      if (acked < rows.length) return false;
    }
    return true;
  });
}
