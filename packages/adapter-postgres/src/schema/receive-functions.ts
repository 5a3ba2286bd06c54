import {
  ACTION,
  frontRankOf,
  laterBy,
  nowMs,
  PLAIN_SEQ,
  PRIORITY_LEVELS,
  RELEASED_SEQ,
  rankOf,
  STATE,
} from "./broker-tables.ts";
import { changeCounts, innerFunction, notifyWaiting, publicFunction } from "./function-text.ts";
import type { TableNames } from "./table-names.ts";

/** Messages that become ready in one step, so that a million due at once do not stop a receive. */
const PROMOTE_STEP = 1_000;

/** The functions of the receive path. Each settles or leases a batch in one statement per kind of change. */
export function receiveFunctions(names: TableNames): string {
  return [promote(names), claim(names), settle(names), settleAndReceive(names)].join("\n");
}

/** Makes due messages and those of ended leases ready. `since`: earlier times have been looked at. Returns how many. */
function promote(names: TableNames): string {
  const { messages, messageSeq } = names;
  const due = (state: number) => `SELECT ctid AS row_id FROM ${messages}
        WHERE queue = queue_id AND state = ${state} AND at >= since AND at <= now_ms
        ORDER BY at, seq LIMIT ${PROMOTE_STEP} FOR UPDATE SKIP LOCKED`;
  return innerFunction(names, {
    name: "promote_due",
    parameters: "queue_id integer, now_ms bigint, since bigint",
    returns: "integer",
    body: `
    DECLARE
      due integer;
      expired integer;
    BEGIN
      WITH due AS MATERIALIZED (SELECT row_id, nextval('${messageSeq}') AS new_seq FROM (${due(STATE.delayed)}) AS first)
      UPDATE ${messages} m SET state = ${STATE.ready}, rank = ${rankOf("m.priority")}, seq = due.new_seq
      FROM due WHERE m.ctid = due.row_id;
      GET DIAGNOSTICS due = ROW_COUNT;
      WITH due AS MATERIALIZED (${due(STATE.leased)})
      UPDATE ${messages} m SET state = ${STATE.ready}, rank = ${frontRankOf("m.priority")}, seq = ${PLAIN_SEQ}, at = m.due_at
      FROM due WHERE m.ctid = due.row_id;
      GET DIAGNOSTICS expired = ROW_COUNT;
      IF due + expired > 0 THEN
        ${changeCounts(names, "queue_id, due + expired, -due, -expired, 0, 0")};
      END IF;
      RETURN due + expired;
    END`,
  });
}

/** What a receive returns: a row for each delivery, and sometimes one without an id, with notes about the queue. */
const DELIVERY_COLUMNS =
  "id text, body text, deliveries integer, failures integer, crashes integer, rank integer, seq bigint, completed text";

/**
 * Leases the first ready messages. Rank after rank it reads the range of the index that may hold one; rows that another
 * receive locks are left to it. `lows` and `highs` limit `seq`, by priority. With `highs` returned messages are left out:
 * they would come before those of higher priorities.
 */
function claim(names: TableNames): string {
  const { messages } = names;
  return innerFunction(names, {
    name: "claim_ready",
    parameters:
      "queue_id integer, priorities integer, lows bigint[], highs bigint[], most integer, new_lease bigint, lease_end bigint, new_holder text",
    returns: `TABLE (${DELIVERY_COLUMNS})`,
    body: `
    BEGIN
      RETURN QUERY WITH picked AS MATERIALIZED (
        SELECT first.row_id FROM generate_series(0, ${2 * PRIORITY_LEVELS - 1}) AS line (rank)
        CROSS JOIN LATERAL (
          SELECT m.ctid AS row_id FROM ${messages} m
          WHERE m.queue = queue_id AND m.state = ${STATE.ready} AND m.rank = line.rank
            AND m.seq >= CASE WHEN line.rank % 2 = 0 THEN -9223372036854775808 ELSE lows[${PRIORITY_LEVELS} - line.rank / 2] END
            AND m.seq < CASE WHEN highs IS NULL THEN 9223372036854775807
              ELSE highs[${PRIORITY_LEVELS} - line.rank / 2] END
          ORDER BY m.seq LIMIT most FOR UPDATE SKIP LOCKED) AS first
        WHERE (priorities >> (${PRIORITY_LEVELS - 1} - line.rank / 2)) & 1 = 1
          AND (highs IS NULL OR line.rank % 2 = 1)
        LIMIT most
      ), leased AS (
        UPDATE ${messages} m SET state = ${STATE.leased}, at = lease_end, holder = new_holder, lease = new_lease,
          deliveries = m.deliveries + 1, crashes = m.crashes + (m.lease IS NOT NULL)::integer,
          crashed = coalesce(m.lease, m.crashed)
        FROM picked WHERE m.ctid = picked.row_id
        RETURNING m.id, m.body, m.deliveries, m.failures, m.crashes, m.rank, m.seq, m.completed
      )
      SELECT l.id, l.body, l.deliveries, l.failures, l.crashes, l.rank::integer, l.seq, l.completed FROM leased l ORDER BY l.rank, l.seq;
    END`,
  });
}

/** The settlements of a call, as arrays of one length. `NULL` instead of `actions`: all are acks. */
const SETTLEMENTS =
  "ids text[], leases bigint[], actions smallint[], delays float8[], failed smallint[], reasons text[], errors text[]";

const UNNESTED = `unnest(ids, leases, actions, delays, failed, reasons, errors)
        WITH ORDINALITY AS s (id, lease, action, delay, failed, reason, error, n)`;

/**
 * Ends leases. Returns the numbers of those that were not held, and the changes of the counts. A lease that has ended is
 * held until its message is taken again. Its row may be ready by then.
 */
function settle(names: TableNames): string {
  const { messages, messageSeq } = names;
  const held = `m.queue = queue_id AND m.id = s.id AND m.lease = s.lease`;
  // Before an update, since it returns only the new state.
  const wasReady = `SELECT m.id, s.n, m.state FROM ${UNNESTED} JOIN ${messages} m ON ${held} WHERE m.state = ${STATE.ready}`;
  const update = (action: number, change: string) => `
      IF ${action} = ANY (actions) THEN
        WITH done AS (
          UPDATE ${messages} m SET ${change}, lease = NULL FROM ${UNNESTED} WHERE ${held} AND s.action = ${action}
          RETURNING s.n, m.state)
        SELECT array_agg(done.n), count(*), count(*) FILTER (WHERE done.state = ${STATE.delayed})
        INTO part, part_count, part_delayed FROM done;
        settled := settled || coalesce(part, '{}');
        leased := leased - part_count;
        ${action === ACTION.dead ? "dead := dead + part_count;" : "delayed := delayed + part_delayed; ready := ready + part_count - part_delayed;"}
      END IF;`;
  return innerFunction(names, {
    name: "settle_leases",
    parameters: `queue_id integer, now_ms bigint, ${SETTLEMENTS}, OUT lost bigint[], OUT ready integer, OUT delayed integer, OUT leased integer, OUT dead integer`,
    returns: "record",
    body: `
    DECLARE
      settled bigint[] := '{}';
      part bigint[];
      part_count integer;
      part_delayed integer;
    BEGIN
      ready := 0; delayed := 0; leased := 0; dead := 0;
      IF actions IS NULL OR ${ACTION.ack} = ANY (actions) THEN
        WITH done AS (
          DELETE FROM ${messages} m USING ${UNNESTED} WHERE ${held} AND coalesce(s.action, ${ACTION.ack}) = ${ACTION.ack}
          RETURNING s.n, m.state)
        SELECT coalesce(array_agg(done.n), '{}'), count(*) FILTER (WHERE done.state = ${STATE.ready}), count(*)
        INTO settled, part_count, leased FROM done;
        ready := -part_count;
        leased := part_count - leased;
      END IF;
      IF actions IS NOT NULL THEN
        SELECT count(*) INTO part_count FROM (${wasReady}) AS late;
        ready := ready - part_count;
        leased := leased + part_count;
        ${update(
          ACTION.retry,
          `state = CASE WHEN s.delay > 0 THEN ${STATE.delayed} ELSE ${STATE.ready} END, rank = ${rankOf("m.priority")},
          seq = nextval('${messageSeq}'), at = ${laterBy("now_ms", "s.delay")}, due_at = ${laterBy("now_ms", "s.delay")},
          failures = m.failures + s.failed, last_error = s.reason`,
        )}
        ${update(
          ACTION.release,
          `state = ${STATE.ready}, rank = ${frontRankOf("m.priority")}, seq = ${RELEASED_SEQ}, at = m.due_at`,
        )}
        ${update(
          ACTION.dead,
          `state = ${STATE.dead}, seq = nextval('${messageSeq}'), at = now_ms, failures = m.failures + s.failed,
          dead_reason = s.reason, dead_error = s.error`,
        )}
      END IF;
      IF cardinality(settled) < cardinality(ids) THEN
        SELECT array_agg(n) INTO lost FROM generate_series(1, cardinality(ids)) AS n WHERE n <> ALL (settled);
        -- The holder of a lease that somebody else has taken over has not crashed.
        UPDATE ${messages} m SET crashes = m.crashes - 1, crashed = NULL FROM ${UNNESTED}
        WHERE m.queue = queue_id AND m.id = s.id AND m.crashed = s.lease AND s.n = ANY (lost);
      END IF;
    END`,
  });
}

/**
 * Settles leases, then leases messages. Acks and leases do not wait for the disk: one that a crash of the server undoes
 * causes one more delivery.
 * `since`: due times before it have been looked at. `lows`: the lowest number that may be ready, by priority. Where
 * that brings too few, or always with `is_full`, numbers from `sweep_lows` to `sweep_highs` are looked at too.
 */
function settleAndReceive(names: TableNames): string {
  const { schema, queues, messages } = names;
  const claimed = (lows: string, highs: string) =>
    `RETURN QUERY SELECT * FROM ${schema}.claim_ready(queue_id, in_use, ${lows}, ${highs}, most - got, new_lease, lease_end, new_holder);
        GET DIAGNOSTICS part = ROW_COUNT;
        got := got + part;`;
  const nextAt = (state: number) =>
    `(SELECT at FROM ${messages} WHERE queue = queue_id AND state = ${state} AND at >= since ORDER BY at, seq LIMIT 1)`;
  return publicFunction(names, {
    name: "settle_and_receive",
    parameters: `queue_name text, ${SETTLEMENTS}, most integer, new_lease bigint, lease_ms float8, new_holder text,
      since bigint, lows bigint[], sweep_lows bigint[], sweep_highs bigint[], is_full boolean`,
    returns: `TABLE (${DELIVERY_COLUMNS})`,
    body: `
    DECLARE
      queue_id integer;
      paused boolean;
      in_use integer;
      now_ms bigint := ${nowMs(names)};
      lease_end bigint;
      ended record;
      got integer := 0;
      part integer;
      promoted integer;
      started timestamptz;
      look_ms float8;
      next_at bigint;
    BEGIN
      PERFORM set_config('synchronous_commit', 'off', true);
      SELECT q.id, q.is_paused, q.priorities INTO queue_id, paused, in_use FROM ${queues} q WHERE q.name = queue_name;
      IF queue_id IS NULL THEN
        RETURN QUERY SELECT NULL::text, '{"isMissing":true}', 0, 0, 0, 0, NULL::bigint, NULL::text;
        RETURN;
      END IF;
      IF ids IS NOT NULL THEN
        SELECT * INTO ended FROM ${schema}.settle_leases(queue_id, now_ms, ids, leases, actions, delays, failed, reasons, errors);
      ELSE
        SELECT NULL::bigint[] AS lost, 0 AS ready, 0 AS delayed, 0 AS leased, 0 AS dead INTO ended;
      END IF;
      IF most > 0 AND NOT paused THEN
        lease_end := ${laterBy("now_ms", "lease_ms")};
        started := clock_timestamp();
        promoted := ${schema}.promote_due(queue_id, now_ms, since);
        IF NOT is_full THEN
        ${claimed("lows", "NULL")}
        END IF;
        IF got < most AND sweep_lows IS NOT NULL THEN
        ${claimed("sweep_lows", "sweep_highs")}
        look_ms := extract(epoch FROM clock_timestamp() - started) * 1000;
        END IF;
        IF got < most AND is_full AND sweep_highs IS NOT NULL THEN
        ${claimed("lows", "NULL")}
        END IF;
        IF got = 0 THEN
          next_at := least(${nextAt(STATE.delayed)}, ${nextAt(STATE.leased)});
        END IF;
      END IF;
      IF ended.ready - got <> 0 OR ended.delayed <> 0 OR ended.leased + got <> 0 OR ended.dead <> 0 THEN
        ${changeCounts(names, "queue_id, ended.ready - got, ended.delayed, ended.leased + got, ended.dead, 0")};
      END IF;
      IF ended.ready > got OR ended.delayed > 0 THEN
        ${notifyWaiting(names, "NULL")}
      END IF;
      IF ended.lost IS NOT NULL OR got < most OR is_full THEN
        RETURN QUERY SELECT NULL::text, json_build_object('lost', ended.lost, 'lookMs', look_ms,
          'lookedAt', CASE WHEN lease_end IS NOT NULL THEN now_ms END, 'nextMs', next_at - now_ms)::text, 0, 0, 0, 0, NULL::bigint, NULL::text;
      END IF;
    END`,
  });
}
