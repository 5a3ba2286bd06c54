import type { RemoveResult } from "@jobs/core/broker";
import { STATE } from "../storage/schema.ts";
import type { QueueChange, StateName } from "./queue-counters.ts";

const STATE_NAMES = Object.keys(STATE) as readonly StateName[];

/** Rows in one step: few enough to block the event loop only for some ms. */
const PURGE_STEP = 500;

const FIND = "SELECT seq, state FROM messages WHERE queue = ? AND id = ?";
const DELETE = "DELETE FROM messages WHERE seq = ?";
const PURGE = `DELETE FROM messages WHERE seq IN (
  SELECT seq FROM messages WHERE queue = ? AND state = ? LIMIT ${PURGE_STEP})`;

/** Removes messages that are not leased. Result i answers id i. */
export function removeMessages(
  { sql, queue, counters }: QueueChange,
  ids: readonly string[],
): readonly RemoveResult[] {
  return ids.map((id) => {
    const row = sql.get<{ readonly seq: number; readonly state: number }>(FIND, queue.id, id);
    if (row === undefined) return { id, status: "not_found" };
    if (row.state === STATE.leased) return { id, status: "leased" };
    counters.move(
      sql.run(DELETE, row.seq),
      STATE_NAMES.find((name) => STATE[name] === row.state),
      undefined,
    );
    return { id, status: "removed" };
  });
}

/** Removes some ready and delayed messages. `false` when there are more. */
export function purgeStep({ sql, queue, counters }: QueueChange): boolean {
  const steps = (["ready", "delayed"] as const).map((state) => {
    const removed = sql.run(PURGE, queue.id, STATE[state]);
    counters.move(removed, state, undefined);
    return removed < PURGE_STEP;
  });
  return steps.every((isDone) => isDone);
}
