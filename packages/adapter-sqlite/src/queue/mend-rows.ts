import { STATE } from "../storage/schema.ts";
import type { QueueChange } from "./queue-counters.ts";

const { ready, delayed, leased, dead } = STATE;
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * Rows that no query of the receive path finds, each a short range of the index. Only an edit by hand can make them.
 */
const NO_STATE = [`state < ${ready}`, `state > ${dead}`];
const NO_PLACE = [delayed, leased].flatMap((state) => [
  `state = ${state} AND rank < 0`,
  `state = ${state} AND rank > 0`,
]);
const NO_DEATH = [`state = ${dead} AND rank < 1`, `state = ${dead} AND rank > ${LAST}`];

/** Rows in one step: few enough to block the event loop only for some ms. */
const MAX_STEP = 500;

function rowsWith(conditions: readonly string[], limit: number): string {
  const some = conditions.map((condition) => `SELECT seq FROM messages WHERE queue = ?1 AND ${condition}`);
  return `SELECT seq FROM (${some.join(" UNION ALL ")}) LIMIT ${limit}`;
}

const FIND_ANY = rowsWith([...NO_STATE, ...NO_PLACE, ...NO_DEATH], 1);
const PLACE = `UPDATE messages SET rank = 0 WHERE seq IN (${rowsWith(NO_PLACE, MAX_STEP)})`;
const SET_DEAD = `UPDATE messages SET state = ${dead}, rank = ?2, at = ?3, lease = NULL, dead_reason = 'undecodable', dead_error = ?4
  WHERE seq IN (${rowsWith(NO_STATE, 1)})`;
const NUMBER_DEATH = `UPDATE messages SET rank = ?2 WHERE seq IN (${rowsWith(NO_DEATH, 1)})`;

const NO_STATE_ERROR = JSON.stringify({
  name: "Error",
  message: "the stored message had an unknown state: somebody has edited the file.",
});

/**
 * Repairs rows that no query would find. A leased or delayed message gets rank 0, and a dead letter a new number. A
 * message in an unknown state becomes a dead letter with its body.
 */
export function mendRows({ sql, queue, counters }: QueueChange, nowAt: number): void {
  if (sql.get(FIND_ANY, queue.id) === undefined) return;
  counters.doubt();
  sql.run(PLACE, queue.id);
  repeat(() => sql.run(SET_DEAD, queue.id, counters.nextNumber(), nowAt, NO_STATE_ERROR));
  repeat(() => sql.run(NUMBER_DEATH, queue.id, counters.nextNumber()));
}

function repeat(change: () => number): void {
  for (let count = 0; count < MAX_STEP; count++) if (change() === 0) return;
}
