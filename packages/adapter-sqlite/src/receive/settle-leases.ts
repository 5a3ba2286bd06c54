import type { Settlement, SettleResult } from "@jobs/core";
import type { Ledger, StateName } from "../queue/ledger.ts";
import { findQueue, withLedger } from "../queue/queue-row.ts";
import { laterBy } from "../queue/send-messages.ts";
import { READY_RANK, STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/sql.ts";
import { type LeaseKey, parseReceipt } from "./receipt.ts";

const HELD = "WHERE seq = ? AND lease = ? AND queue = ?";
const ACK = `DELETE FROM messages ${HELD}`;
const RETRY_LATER = `UPDATE messages SET state = ${STATE.delayed}, at = ?, due_at = ?, lease = NULL,
  failures = failures + ?, last_error = ? ${HELD}`;
const RETRY_NOW = `UPDATE messages SET state = ${STATE.ready}, rank = ${READY_RANK}, at = ?, due_at = ?, lease = NULL,
  failures = failures + ?, last_error = ? ${HELD}`;
const RELEASE = `UPDATE messages SET state = ${STATE.ready}, rank = ${READY_RANK}, at = due_at, lease = NULL ${HELD}`;
const BURY = `UPDATE messages SET state = ${STATE.dead}, at = ?, lease = NULL, dead_reason = ?, dead_error = ? ${HELD}`;

/** Ends leases. Only the holder of the current lease changes anything; for all others it is `lost`. */
export function settleLeases(
  sql: Sql,
  queueName: string,
  settlements: readonly Settlement[],
  nowAt: number,
): readonly SettleResult[] {
  const queue = findQueue(sql, queueName);
  if (queue === undefined) return settlements.map(() => ({ status: "lost" }));
  return withLedger(sql, queue, (ledger) =>
    settlements.map((settlement) => {
      const key = parseReceipt(settlement.delivery.receipt);
      const isSettled = key?.queue === queue.id && settleOne(sql, key, settlement, { nowAt, ledger });
      return { status: isSettled ? "settled" : "lost" };
    }),
  );
}

function settleOne(
  sql: Sql,
  key: LeaseKey,
  settlement: Settlement,
  { nowAt, ledger }: { readonly nowAt: number; readonly ledger: Ledger },
): boolean {
  const held = [key.seq, key.lease, key.queue] as const;
  const moved = (changes: number, to: StateName | undefined) => {
    ledger.move(changes, "leased", to);
    return changes === 1;
  };
  switch (settlement.action) {
    case "ack":
      return moved(sql.run(ACK, ...held), undefined);
    case "retry": {
      const dueAt = laterBy(nowAt, settlement.delayMs);
      const isLater = settlement.delayMs > 0;
      const failures = settlement.failed ? 1 : 0;
      const changes = sql.run(
        isLater ? RETRY_LATER : RETRY_NOW,
        dueAt,
        dueAt,
        failures,
        settlement.reason ?? null,
        ...held,
      );
      return moved(changes, isLater ? "delayed" : "ready");
    }
    case "release":
      return moved(sql.run(RELEASE, ...held), "ready");
    case "dead": {
      const error = settlement.error === undefined ? null : JSON.stringify(settlement.error);
      return moved(sql.run(BURY, nowAt, settlement.reason, error, ...held), "dead");
    }
  }
}
