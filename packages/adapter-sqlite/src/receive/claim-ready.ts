import type { Delivery } from "@jobs/core";
import { bringUpToDate, type Present } from "../queue/bring-up-to-date.ts";
import type { QueueChange } from "../queue/ledger.ts";
import { STATE } from "../storage/schema.ts";
import { readLine } from "./read-line.ts";
import { formatReceipt } from "./receipt.ts";

/** How many messages to lease, and until when. */
export interface Claim {
  readonly max: number;
  readonly present: Present;
  /** By the broker's clock. */
  readonly leasedUntil: number;
  /** The same for the reader, by its monotonic clock. */
  readonly leaseUntil: number;
}

const LEASE = `UPDATE messages SET state = ${STATE.leased}, rank = 0, at = ?, lease = ?, deliveries = deliveries + 1`;
/** A list of rows goes through a table that SQLite makes for it, which costs more than leasing one. */
const LEASE_ONE = `${LEASE} WHERE seq = ?`;
const LEASE_MANY = `${LEASE} WHERE seq IN (SELECT value FROM json_each(?))`;

/** Leases the first messages in line. None while the queue is paused. */
export function claimReady(change: QueueChange, claim: Claim): readonly Delivery[] {
  const { sql, queue, ledger } = change;
  if (queue.is_paused !== 0) return [];
  bringUpToDate(change, claim.present);
  const rows = readLine(sql, queue.id, claim.max);
  const [first] = rows;
  if (first === undefined) return [];
  const lease = ledger.nextNumber();
  if (rows.length === 1) sql.run(LEASE_ONE, claim.leasedUntil, lease, first.seq);
  else sql.run(LEASE_MANY, claim.leasedUntil, lease, `[${rows.map(({ seq }) => seq).join()}]`);
  ledger.move(rows.length, "ready", "leased");
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
