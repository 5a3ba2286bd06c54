import { bringUpToDate, type Present } from "../queue/bring-up-to-date.ts";
import { withLedger } from "../queue/ledger.ts";
import { findQueue, type QueueRow } from "../queue/queue-row.ts";
import { STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/sql.ts";
import { formatReceipt } from "./receipt.ts";

/** How many messages to lease, and until when. */
export interface Claim {
  readonly max: number;
  readonly present: Present;
  /** By the broker's clock. */
  readonly leasedUntil: number;
}

/** A leased message, still without the reader's own deadline. */
export interface Claimed {
  readonly messageId: string;
  readonly body: string;
  readonly deliveryCount: number;
  readonly failureCount: number;
  readonly crashCount: number;
  readonly receipt: string;
}

interface ReadyRow {
  readonly seq: number;
  readonly id: string;
  readonly body: string;
  readonly deliveries: number;
  readonly failures: number;
  readonly crashes: number;
}

const SELECT = `SELECT seq, id, body, deliveries, failures, crashes FROM messages
  WHERE queue = ? AND state = ${STATE.ready} ORDER BY rank, at, seq LIMIT ?`;
const LEASE = `UPDATE messages SET state = ${STATE.leased}, rank = 0, at = ?, lease = ?, deliveries = deliveries + 1`;
/** A list of rows goes through a table that SQLite makes for it, which costs more than leasing one. */
const LEASE_ONE = `${LEASE} WHERE seq = ?`;
const LEASE_MANY = `${LEASE} WHERE seq IN (SELECT value FROM json_each(?))`;

/** Leases the first messages in line. None while the queue is paused. */
export function claimReady(sql: Sql, queueName: string, claim: Claim): readonly Claimed[] {
  const queue = findQueue(sql, queueName);
  if (queue === undefined || queue.is_paused !== 0) return [];
  return withLedger(sql, queue, (ledger) => {
    bringUpToDate(sql, queue, ledger, claim.present);
    const rows = sql.all<ReadyRow>(SELECT, queue.id, claim.max);
    const [first] = rows;
    if (first === undefined) return [];
    const lease = ledger.nextNumber();
    if (rows.length === 1) sql.run(LEASE_ONE, claim.leasedUntil, lease, first.seq);
    else sql.run(LEASE_MANY, claim.leasedUntil, lease, JSON.stringify(rows.map(({ seq }) => seq)));
    ledger.move(rows.length, "ready", "leased");
    return rows.map((row) => claimed(row, queue, lease));
  });
}

function claimed(row: ReadyRow, queue: QueueRow, lease: number): Claimed {
  return {
    messageId: row.id,
    body: row.body,
    deliveryCount: row.deliveries + 1,
    failureCount: row.failures,
    crashCount: row.crashes,
    receipt: formatReceipt({ queue: queue.id, seq: row.seq, lease }),
  };
}
