import {
  countsAsFailure,
  type Delivery,
  LeaseLostError,
  type Settlement,
  type SettleResult,
} from "@jobs/core/broker";
import type { QueueChange, StateName } from "../queue/queue-counters.ts";
import { laterBy, raised } from "../storage/bounded.ts";
import { rowsBySeq, runOnRows } from "../storage/rows-by-seq.ts";
import { READY_RANK, RELEASED_RANK, STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/shared-connection.ts";
import { type LeaseKey, parseReceipt } from "./receipt.ts";

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
  if (!end.wasLeased && resumeLease(change, key) === "leased again")
    end = endLease(change, key, settlement, nowAt);
  if (!end.wasLeased) return LOST;
  change.counters.move(1, "leased", end.state);
  return SETTLED;
}

/** The results for a queue that does not exist. */
export function allLost(settlements: readonly Settlement[]): readonly SettleResult[] {
  return settlements.map(() => LOST);
}

/** `+` prevents SQLite from using an index instead of the row numbers. */
const ackRows = rowsBySeq(
  (where) =>
    `DELETE FROM messages WHERE ${where} AND lease = ?3 AND +queue = ?4 AND +state = ${STATE.leased}`,
);

/**
 * Acks many leases with few statements. `false`, without any change, when one of them is not an ack or not held. Then
 * each has to be settled alone.
 */
function ackBatch({ sql, queue }: QueueChange, settlements: readonly Settlement[]): boolean {
  if (settlements.length < 2 || settlements.some(({ action }) => action !== "ack")) return false;
  const rowsByLease = new Map<number, number[]>();
  for (const { delivery } of settlements) {
    const key = parseReceipt(delivery.receipt);
    if (key?.queue !== queue.id) return false;
    const rows = rowsByLease.get(key.lease);
    if (rows === undefined) rowsByLease.set(key.lease, [key.seq]);
    else rows.push(key.seq);
  }
  return attempt(sql, () => {
    for (const [lease, rows] of rowsByLease) {
      const acked = runOnRows(sql, ackRows, rows, [lease, queue.id]);
      if (acked < rows.length) return false;
    }
    return true;
  });
}

/** Undoes the changes of `work` when it returns `false`, and nothing else of the transaction. */
function attempt(sql: Sql, work: () => boolean): boolean {
  sql.run("SAVEPOINT attempt");
  const isDone = work();
  if (!isDone) sql.run("ROLLBACK TO attempt");
  sql.run("RELEASE attempt");
  return isDone;
}

/**
 * Whether a settlement found its lease, and the new state of its message. The state is `undefined` when the message
 * was deleted.
 */
type LeaseEnd =
  | { readonly wasLeased: false }
  | { readonly wasLeased: true; readonly state: StateName | undefined };

const LEASE = "seq = ? AND lease = ? AND queue = ?";
const LEASED = `WHERE ${LEASE} AND state = ${STATE.leased}`;
const ACK = `DELETE FROM messages ${LEASED}`;
const RETRIED = `at = ?, due_at = ?, failures = ${raised("failures", "?")}, last_error = ?, lease = NULL`;
const RETRY_LATER = `UPDATE messages SET state = ${STATE.delayed}, ${RETRIED} ${LEASED}`;
const RETRY_NOW = `UPDATE messages SET state = ${STATE.ready}, rank = ${READY_RANK}, ${RETRIED} ${LEASED}`;
const RELEASE = `UPDATE messages SET state = ${STATE.ready}, rank = ${RELEASED_RANK}, at = due_at, lease = NULL ${LEASED}`;
const SET_DEAD = `UPDATE messages SET state = ${STATE.dead}, rank = ?, at = ?, dead_reason = ?, dead_error = ?, failures = ${raised("failures", "?")}, lease = NULL ${LEASED}`;

/** Ends one lease the way `settlement` says. */
function endLease(
  { sql, counters }: QueueChange,
  key: LeaseKey,
  settlement: Settlement,
  nowAt: number,
): LeaseEnd {
  const lease = [key.seq, key.lease, key.queue] as const;
  const failures = countsAsFailure(settlement) ? 1 : 0;
  switch (settlement.action) {
    case "ack":
      return ended(sql.run(ACK, ...lease), undefined);
    case "retry": {
      const dueAt = laterBy(nowAt, settlement.delayMs);
      const retried = [dueAt, dueAt, failures, settlement.reason ?? null] as const;
      return settlement.delayMs > 0
        ? ended(sql.run(RETRY_LATER, ...retried, ...lease), "delayed")
        : ended(sql.run(RETRY_NOW, ...retried, ...lease), "ready");
    }
    case "release":
      return ended(sql.run(RELEASE, ...lease), "ready");
    case "dead": {
      const error = settlement.error === undefined ? null : JSON.stringify(settlement.error);
      const values = [counters.nextNumber(), nowAt, settlement.reason, error, failures] as const;
      return ended(sql.run(SET_DEAD, ...values, ...lease), "dead");
    }
  }
}

function ended(changes: number, state: StateName | undefined): LeaseEnd {
  return changes === 0 ? { wasLeased: false } : { wasLeased: true, state };
}

const EXTEND = `UPDATE messages SET at = ? ${LEASED}`;

/** Moves the end of leases; answer i says whether lease i is still held. */
export function extendLeases(
  change: QueueChange,
  deliveries: readonly Delivery[],
  leasedUntil: number,
): readonly boolean[] {
  const { sql, queue } = change;
  return deliveries.map(({ receipt }) => {
    const key = parseReceipt(receipt);
    if (key === undefined || key.queue !== queue.id) return false;
    const extend = () => sql.run(EXTEND, leasedUntil, key.seq, key.lease, key.queue) === 1;
    return extend() || (resumeLease(change, key) === "leased again" && extend());
  });
}

/** The new lease ends at once; the caller settles or extends it. */
const LEASE_AGAIN = `UPDATE messages SET state = ${STATE.leased}, rank = 0, at = 0 WHERE ${LEASE} AND state = ${STATE.ready}`;
const UNCOUNT =
  "UPDATE messages SET crashes = crashes - 1, crashed = NULL WHERE seq = ? AND crashed = ? AND queue = ?";

/**
 * Called when the holder of an ended lease calls: it has not crashed. If the message was not taken since, the lease is
 * valid again.
 */
function resumeLease(
  { sql, counters }: QueueChange,
  { seq, lease, queue }: LeaseKey,
): "leased again" | "lost" {
  if (sql.run(LEASE_AGAIN, seq, lease, queue) === 1) {
    counters.move(1, "ready", "leased");
    return "leased again";
  }
  sql.run(UNCOUNT, seq, lease, queue);
  return "lost";
}

const COMPLETE = `UPDATE messages SET completed = ? ${LEASED}`;

/** Marks a leased message as completed; whether its lease is still held. */
export function completeLease(change: QueueChange, { receipt }: Delivery, value: string): boolean {
  const key = parseReceipt(receipt);
  if (key === undefined || key.queue !== change.queue.id) return false;
  const complete = () => change.sql.run(COMPLETE, value, key.seq, key.lease, key.queue) === 1;
  return complete() || (resumeLease(change, key) === "leased again" && complete());
}

const IS_COMPLETED = "SELECT completed IS NOT NULL AS is_completed FROM messages WHERE seq = ? AND id = ?";

/**
 * Whether a message has the mark of {@link completeLease}.
 * @throws LeaseLostError for one that is gone: another worker has ended it, perhaps since it was completed
 */
export function isCompleted(sql: Sql, { receipt, messageId }: Delivery): boolean {
  const key = parseReceipt(receipt);
  if (key === undefined) return false;
  const row = sql.get<{ readonly is_completed: number }>(IS_COMPLETED, key.seq, messageId);
  if (row === undefined) throw new LeaseLostError(messageId);
  return row.is_completed === 1;
}
