import type { Delivery } from "@jobs/core/broker";
import { bringAllUpToDate, type Present, promoteDue } from "../queue/promote-due.ts";
import type { QueueChange } from "../queue/queue-counters.ts";
import { raised } from "../storage/bounded.ts";
import { rowsBySeq, runOnRows } from "../storage/rows-by-seq.ts";
import { STATE } from "../storage/schema.ts";
import { formatReceipt } from "./receipt.ts";
import { selectReady } from "./select-ready.ts";

/** How many messages to lease, and until when. */
export interface Claim {
  readonly max: number;
  readonly present: Present;
  /** By the broker's clock. */
  readonly leasedUntil: number;
  /** The same by the monotonic clock of this process. */
  readonly leaseUntil: number;
  /** The holder of the leases. */
  readonly holder: string | undefined;
}

const LEASE = `UPDATE messages SET state = ${STATE.leased}, rank = 0, at = ?3, holder = ?5, deliveries = ${raised("deliveries")},
  crashes = ${raised("crashes", "(lease IS NOT NULL)")}, crashed = coalesce(lease, crashed), lease = ?4`;
const leaseRows = rowsBySeq((where) => `${LEASE} WHERE ${where}`);

/** Leases the first ready messages. None while the queue is paused. */
export function claimReady(change: QueueChange, claim: Claim): readonly Delivery[] {
  const { sql, queue, counters } = change;
  if (queue.is_paused !== 0) return [];
  promoteDue(change, claim.present);
  let rows = selectReady(sql, queue.id, claim.max);
  if (rows.length === 0) {
    bringAllUpToDate(change, claim.present);
    rows = selectReady(sql, queue.id, claim.max);
  }
  if (rows.length === 0) return [];
  const lease = counters.nextNumber();
  const seqs = rows.map(({ seq }) => seq);
  runOnRows(sql, leaseRows, seqs, [claim.leasedUntil, lease, claim.holder ?? null]);
  counters.move(rows.length, "ready", "leased");
  const { leaseUntil } = claim;
  return rows.map(({ seq, id, body, deliveries, failures, crashes }) => ({
    messageId: id,
    body,
    deliveryCount: deliveries + 1,
    failureCount: failures,
    crashCount: crashes,
    leaseUntil,
    receipt: formatReceipt({ queue: queue.id, seq, lease }),
  }));
}
