import { raised } from "../storage/bounded.ts";
import { bodyInRow, replaceLargeBody } from "../storage/large-bodies.ts";
import { READY_RANK, STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/shared-connection.ts";
import { mendRows } from "./mend-rows.ts";
import { ensureQueue, withQueueCounters } from "./queue-counters.ts";

/** Which dead letters go where. */
export interface Redrive {
  readonly from: string;
  readonly to: string;
  /** Only these, if given; ids that are not dead letters are skipped. */
  readonly ids: readonly string[] | undefined;
  /** New bodies by id. */
  readonly bodies: ReadonlyMap<string, string> | undefined;
  readonly nowAt: number;
}

/** The result of one step; without `last` the redrive is done. */
export interface RedriveStep {
  readonly moved: number;
  /** Number of the last death that it read. */
  readonly last: number | undefined;
}

interface DeadRow {
  readonly seq: number;
  readonly rank: number;
  readonly id: string;
}

/** Messages in one step: few enough to block the event loop only for some ms. */
const MAX_STEP = 500;

const NEXT = `AND state = ${STATE.dead} AND rank > ? ORDER BY rank LIMIT ?`;
const OLDEST = `SELECT seq, rank, id FROM messages WHERE queue = ? ${NEXT}`;
const CHOSEN = `SELECT seq, rank, id FROM messages WHERE queue = ? AND id IN (SELECT value FROM json_each(?)) ${NEXT}`;
const REVIVE = `UPDATE OR IGNORE messages SET queue = ?, state = ${STATE.ready}, rank = ${READY_RANK}, at = ?, due_at = ?,
  body = coalesce(?, body),
  deliveries = 0, failures = 0, crashes = 0, crashed = NULL, redrives = ${raised("redrives")},
  last_error = NULL, dead_reason = NULL, dead_error = NULL WHERE seq = ?`;

/**
 * Redrives up to `limit` dead letters after death number `after`, in the order of death. One whose id is already stored
 * in the other queue stays.
 */
export function redriveStep(sql: Sql, redrive: Redrive, after: number, limit: number): RedriveStep {
  withQueueCounters(sql, ensureQueue(sql, redrive.from), (change) => mendRows(change, redrive.nowAt));
  // Read after the repair, which may have used numbers: saving the old last number would use them again.
  const from = ensureQueue(sql, redrive.from);
  const to = ensureQueue(sql, redrive.to);
  const range = [after, Math.min(limit, MAX_STEP)] as const;
  const rows =
    redrive.ids === undefined
      ? sql.all<DeadRow>(OLDEST, from.id, ...range)
      : sql.all<DeadRow>(CHOSEN, from.id, JSON.stringify(redrive.ids), ...range);
  let moved = 0;
  for (const { seq, id } of rows) {
    const body = redrive.bodies?.get(id);
    const inRow = body === undefined ? null : bodyInRow(body);
    if (sql.run(REVIVE, to.id, redrive.nowAt, redrive.nowAt, inRow, seq) === 0) continue;
    if (body !== undefined) replaceLargeBody(sql, seq, body);
    moved++;
  }
  withQueueCounters(sql, from, ({ counters }) => counters.move(moved, "dead", undefined));
  withQueueCounters(sql, to, ({ counters }) => counters.move(moved, undefined, "ready"));
  return { moved, last: rows.at(-1)?.rank };
}
