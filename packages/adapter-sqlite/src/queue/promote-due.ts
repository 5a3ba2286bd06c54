import { READY_RANK, STATE } from "../storage/schema.ts";
import { mendRows } from "./mend-rows.ts";
import type { QueueChange } from "./queue-counters.ts";

/** The broker's time, in ms since 1970. */
export interface Present {
  /** Messages due by now are ready. */
  readonly nowAt: number;
  /** Leases up to this time have ended. It is behind `nowAt` for a while after the clock was set forward. */
  readonly leasesEndAt: number;
}

/** A million messages due at once must not block the event loop. */
const MAX_STEP = 1_000;

const PROMOTE = `UPDATE messages SET state = ${STATE.ready}, rank = ${READY_RANK} WHERE seq IN (
  SELECT seq FROM messages WHERE queue = ? AND state = ${STATE.delayed} AND rank = 0 AND at <= ? ORDER BY at LIMIT ${MAX_STEP})`;

const EXPIRE = `UPDATE messages SET state = ${STATE.ready}, rank = ${READY_RANK}, at = due_at
  WHERE seq IN (
  SELECT seq FROM messages WHERE queue = ? AND state = ${STATE.leased} AND rank = 0 AND at <= ? ORDER BY at LIMIT ${MAX_STEP})`;

/** Makes due messages and those with ended leases ready, if the counts show any. */
export function promoteDue({ sql, queue, counters }: QueueChange, present: Present): void {
  if (counters.count("delayed") !== 0)
    counters.move(sql.run(PROMOTE, queue.id, present.nowAt), "delayed", "ready");
  if (counters.count("leased") !== 0)
    counters.move(sql.run(EXPIRE, queue.id, present.leasesEndAt), "leased", "ready");
}

/** The same without using the counts, which somebody may have edited. `false` when there are more. */
export function bringAllUpToDate(change: QueueChange, present: Present): boolean {
  const { sql, queue, counters } = change;
  mendRows(change, present.nowAt);
  const due = sql.run(PROMOTE, queue.id, present.nowAt);
  counters.move(due, "delayed", "ready");
  const expired = sql.run(EXPIRE, queue.id, present.leasesEndAt);
  counters.move(expired, "leased", "ready");
  return due < MAX_STEP && expired < MAX_STEP;
}
