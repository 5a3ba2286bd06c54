import { nowMs, rankOf, STATE } from "./broker-tables.ts";
import { changeCounts, notifyWaiting, publicFunction } from "./function-text.ts";
import type { TableNames } from "./table-names.ts";

/** Rows in one step of a purge or a redrive: far below the time limit of a statement. */
const STEP = 5_000;

/** The functions for administration. Those that return a number of rows are called again until it is 0. */
export function adminFunctions(names: TableNames): string {
  return [remove(names), purge(names), redrive(names), setPaused(names)].join("\n");
}

/** Removes messages that are not leased. Returns a state for each id: -1 not found, else the state it had. */
function remove(names: TableNames): string {
  const { queues, messages } = names;
  return publicFunction(names, {
    name: "remove_messages",
    parameters: "queue_name text, ids text[]",
    returns: "TABLE (id text, state smallint)",
    body: `
    DECLARE
      queue_id integer;
      gone text[];
      ready integer;
      delayed integer;
      dead integer;
    BEGIN
      SELECT q.id INTO queue_id FROM ${queues} q WHERE q.name = queue_name;
      WITH removed AS (
        DELETE FROM ${messages} m USING unnest(ids) AS s (id)
        WHERE m.queue = queue_id AND m.id = ANY (ids) AND m.id = s.id AND m.state <> ${STATE.leased} RETURNING m.id, m.state)
      SELECT coalesce(array_agg(r.id), '{}'), count(*) FILTER (WHERE r.state = ${STATE.ready}),
        count(*) FILTER (WHERE r.state = ${STATE.delayed}), count(*) FILTER (WHERE r.state = ${STATE.dead})
      INTO gone, ready, delayed, dead FROM removed r;
      IF cardinality(gone) > 0 THEN
        ${changeCounts(names, "queue_id, -ready, -delayed, 0, -dead, 0")};
      END IF;
      RETURN QUERY SELECT g, ${STATE.ready}::smallint FROM unnest(gone) AS g
        UNION ALL SELECT m.id, m.state FROM ${messages} m JOIN unnest(ids) AS s (id) ON m.id = s.id
          WHERE m.queue = queue_id AND m.state = ${STATE.leased};
    END`,
  });
}

/** Removes some ready and delayed messages. Returns how many. */
function purge(names: TableNames): string {
  const { queues, messages } = names;
  const removed = (state: number) => `DELETE FROM ${messages} m WHERE m.ctid = ANY (ARRAY(
          SELECT ctid FROM ${messages} WHERE queue = queue_id AND state = ${state} LIMIT ${STEP} FOR UPDATE SKIP LOCKED));`;
  return publicFunction(names, {
    name: "purge_queue",
    parameters: "queue_name text",
    returns: "integer",
    body: `
    DECLARE
      queue_id integer;
      ready integer;
      delayed integer;
    BEGIN
      SELECT q.id INTO queue_id FROM ${queues} q WHERE q.name = queue_name;
      ${removed(STATE.ready)}
      GET DIAGNOSTICS ready = ROW_COUNT;
      ${removed(STATE.delayed)}
      GET DIAGNOSTICS delayed = ROW_COUNT;
      IF ready + delayed > 0 THEN
        ${changeCounts(names, "queue_id, -ready, -delayed, 0, 0, 0")};
      END IF;
      RETURN ready + delayed;
    END`,
  });
}

/**
 * Makes some dead letters ready in their queue or another, in the order of death. One whose id is already stored in the
 * other queue stays. `new_bodies` has a body for each of `ids`, or NULL where it stays. Returns how many were moved.
 */
function redrive(names: TableNames): string {
  const { queues, messages, messageSeq, schema } = names;
  return publicFunction(names, {
    name: "redrive_messages",
    parameters: "queue_name text, target_name text, ids text[], most integer, new_bodies text[]",
    returns: "integer",
    body: `
    DECLARE
      source_id integer;
      queue_id integer;
      in_use integer;
      now_ms bigint := ${nowMs(names)};
      moved integer;
    BEGIN
      SELECT q.id, q.priorities INTO source_id, in_use FROM ${queues} q WHERE q.name = queue_name;
      IF source_id IS NULL THEN RETURN 0; END IF;
      queue_id := ${schema}.ensure_queue(target_name, in_use);
      WITH picked AS MATERIALIZED (
        SELECT first.row_id, nextval('${messageSeq}') AS new_seq FROM (
          SELECT m.ctid AS row_id FROM ${messages} m
          WHERE m.queue = source_id AND m.state = ${STATE.dead} AND (ids IS NULL OR m.id = ANY (ids))
            AND (source_id = queue_id OR NOT EXISTS (SELECT FROM ${messages} o WHERE o.queue = queue_id AND o.id = m.id))
          ORDER BY m.seq LIMIT least(most, ${STEP}) FOR UPDATE OF m) AS first)
      UPDATE ${messages} m SET queue = queue_id, state = ${STATE.ready}, rank = ${rankOf("m.priority")}, seq = picked.new_seq,
        at = now_ms, due_at = now_ms, deliveries = 0, failures = 0, crashes = 0, crashed = NULL,
        redrives = m.redrives + 1, last_error = NULL, dead_reason = NULL, dead_error = NULL,
        body = coalesce((SELECT b.body FROM unnest(ids, new_bodies) AS b (id, body) WHERE b.id = m.id LIMIT 1), m.body)
      FROM picked WHERE m.ctid = picked.row_id;
      GET DIAGNOSTICS moved = ROW_COUNT;
      IF moved > 0 THEN
        ${changeCounts(names, "source_id, 0, 0, 0, -moved, 0")};
        ${changeCounts(names, "queue_id, moved, 0, 0, 0, moved")};
        ${notifyWaiting(names, "NULL")}
      END IF;
      RETURN moved;
    END`,
  });
}

/** Stops or continues the deliveries of a queue. */
function setPaused(names: TableNames): string {
  const { queues, schema } = names;
  return publicFunction(names, {
    name: "pause_queue",
    parameters: "queue_name text, paused boolean",
    returns: "void",
    body: `
    DECLARE
      queue_id integer;
    BEGIN
      queue_id := ${schema}.ensure_queue(queue_name, 1);
      UPDATE ${queues} q SET is_paused = paused WHERE q.id = queue_id AND q.is_paused <> paused;
      ${notifyWaiting(names, "NULL")}
    END`,
  });
}
