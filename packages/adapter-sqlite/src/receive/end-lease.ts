import { countsAsFailure, type Settlement } from "@jobs/core/broker";
import type { QueueChange, StateName } from "../queue/queue-counters.ts";
import { laterBy } from "../queue/send-messages.ts";
import { raised } from "../storage/bounded.ts";
import { READY_RANK, RELEASED_RANK, STATE } from "../storage/schema.ts";
import type { LeaseKey } from "./receipt.ts";

/**
 * The result of a settlement: `lost` when it was not held, else the new state of its message. `undefined` when it is
 * done.
 */
export type LeaseEnd =
  | { readonly wasHeld: false }
  | { readonly wasHeld: true; readonly state: StateName | undefined };

const HELD = `WHERE seq = ? AND lease = ? AND queue = ? AND state = ${STATE.leased}`;
const ACK = `DELETE FROM messages ${HELD}`;
const RETRIED = `at = ?, due_at = ?, failures = ${raised("failures", "?")}, last_error = ?, lease = NULL`;
const RETRY_LATER = `UPDATE messages SET state = ${STATE.delayed}, ${RETRIED} ${HELD}`;
const RETRY_NOW = `UPDATE messages SET state = ${STATE.ready}, rank = ${READY_RANK}, ${RETRIED} ${HELD}`;
const RELEASE = `UPDATE messages SET state = ${STATE.ready}, rank = ${RELEASED_RANK}, at = due_at, lease = NULL ${HELD}`;
const SET_DEAD = `UPDATE messages SET state = ${STATE.dead}, rank = ?, at = ?, dead_reason = ?, dead_error = ?, failures = ${raised("failures", "?")}, lease = NULL ${HELD}`;

/** Ends one lease the way `settlement` says. */
export function endLease(
  { sql, counters }: QueueChange,
  key: LeaseKey,
  settlement: Settlement,
  nowAt: number,
): LeaseEnd {
  const held = [key.seq, key.lease, key.queue] as const;
  const failures = countsAsFailure(settlement) ? 1 : 0;
  switch (settlement.action) {
    case "ack":
      return ended(sql.run(ACK, ...held), undefined);
    case "retry": {
      const dueAt = laterBy(nowAt, settlement.delayMs);
      const retried = [dueAt, dueAt, failures, settlement.reason ?? null] as const;
      return settlement.delayMs > 0
        ? ended(sql.run(RETRY_LATER, ...retried, ...held), "delayed")
        : ended(sql.run(RETRY_NOW, ...retried, ...held), "ready");
    }
    case "release":
      return ended(sql.run(RELEASE, ...held), "ready");
    case "dead": {
      const error = settlement.error === undefined ? null : JSON.stringify(settlement.error);
      const values = [counters.nextNumber(), nowAt, settlement.reason, error, failures] as const;
      return ended(sql.run(SET_DEAD, ...values, ...held), "dead");
    }
  }
}

function ended(changes: number, state: StateName | undefined): LeaseEnd {
  return changes === 0 ? { wasHeld: false } : { wasHeld: true, state };
}
