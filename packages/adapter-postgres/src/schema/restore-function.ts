import { laterBy, nowMs, rankOf, STATE } from "./broker-tables.ts";
import { changeCounts, notifyWaiting, publicFunction } from "./function-text.ts";
import type { TableNames } from "./table-names.ts";

/** What a restored message has besides id, label and body, in the order of its parameters. */
const COUNTS = ["deliveries", "failures", "crashes", "redrives"] as const;

/**
 * Stores messages of another broker with their counts. One with a reason of death becomes a dead letter. Returns the ids
 * of those that were stored.
 */
export function restoreFunction(names: TableNames): string {
  const { messages, messageSeq, schema } = names;
  const dueAt = laterBy("now_ms", "s.delay");
  const counts = COUNTS.map((name) => `s.${name}`).join(", ");
  return publicFunction(names, {
    name: "restore_messages",
    parameters: `queue_name text, ids text[], labels text[], bodies text[], delays float8[], priorities integer[],
      ${COUNTS.map((name) => `all_${name} integer[]`).join(", ")}, last_errors text[], reasons text[], deaths bigint[], errors text[]`,
    returns: "text[]",
    body: `
    DECLARE
      queue_id integer;
      now_ms bigint := ${nowMs(names)};
      stored text[];
      ready integer;
      delayed integer;
      dead integer;
      in_use integer;
    BEGIN
      SELECT bit_or(1 << p) INTO in_use FROM unnest(priorities) AS p;
      queue_id := ${schema}.ensure_queue(queue_name, in_use);
      WITH sent AS (
        INSERT INTO ${messages} AS m (queue, id, label, body, seq, state, rank, priority, at, due_at, ${COUNTS.join(", ")},
          last_error, dead_reason, dead_error)
        SELECT queue_id, s.id, s.label, s.body, nextval('${messageSeq}'),
          CASE WHEN s.reason IS NOT NULL THEN ${STATE.dead} WHEN s.delay > 0 THEN ${STATE.delayed} ELSE ${STATE.ready} END,
          ${rankOf("s.priority")}, s.priority, coalesce(s.died_at, ${dueAt}), ${dueAt}, ${counts},
          s.last_error, s.reason, s.error
        FROM unnest(ids, labels, bodies, delays, priorities, ${COUNTS.map((name) => `all_${name}`).join(", ")},
          last_errors, reasons, deaths, errors)
          AS s (id, label, body, delay, priority, ${COUNTS.join(", ")}, last_error, reason, died_at, error)
        ON CONFLICT (queue, id) DO NOTHING
        RETURNING m.id, m.state)
      SELECT array_agg(sent.id), count(*) FILTER (WHERE sent.state = ${STATE.ready}),
        count(*) FILTER (WHERE sent.state = ${STATE.delayed}), count(*) FILTER (WHERE sent.state = ${STATE.dead})
      INTO stored, ready, delayed, dead FROM sent;
      IF ready + delayed + dead > 0 THEN
        ${changeCounts(names, "queue_id, ready, delayed, 0, dead, ready + delayed + dead")};
        ${notifyWaiting(names, "NULL")}
      END IF;
      RETURN coalesce(stored, '{}');
    END`,
  });
}
