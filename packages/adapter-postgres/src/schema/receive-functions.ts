import { frontRankOf, laterBy, nowMs, PLAIN_SEQ, PRIORITY_LEVELS, rankOf, STATE } from "./broker-tables.ts";
import { changeCounts, innerFunction, notifyWaiting, publicFunction } from "./function-text.ts";
import { acked, SETTLEMENTS, settleFunctions } from "./settle-functions.ts";
import type { TableNames } from "./table-names.ts";

/** Messages that become ready in one step, so that a million due at once do not stop a receive. */
const PROMOTE_STEP = 1_000;

/** A look at the times up to this long is cheap, in ms. */
export const CHEAP_TIMES_MS = 1;

/** A receive that waits looks again after this time anyhow, in ms: what is due later does not matter to it. */
const LOOK_AHEAD_MS = 1_000;

/** The functions of the receive path. Each settles or leases a batch in one statement per kind of change. */
export function receiveFunctions(names: TableNames): string {
  return [promote(names), settleFunctions(names, "wait"), settleAndReceive(names)].join("\n");
}

/** Makes messages ready whose time was between two moments: due ones, and those of ended leases. Returns how many. */
function promote(names: TableNames): string {
  const { messages, messageSeq } = names;
  const due = (state: number) => `SELECT ctid AS row_id FROM ${messages}
        WHERE queue = queue_id AND state = ${state} AND at >= since AND at <= until
        ORDER BY at, seq LIMIT ${PROMOTE_STEP} FOR UPDATE SKIP LOCKED`;
  return innerFunction(names, {
    name: "promote_due",
    parameters: "queue_id integer, since bigint, until bigint",
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

/** SQL for the ranks of the priorities in use, in their order. Nearly always it is priority 0 alone. */
function ranksOf(inUse: string): string {
  const ranks = (priority: number) => [frontRankOf(String(priority)), rankOf(String(priority))];
  const normal = ranks(0).join(", ");
  return `CASE WHEN ${inUse} = 1 THEN ARRAY[${normal}] ELSE ARRAY(
        SELECT rank FROM generate_series(0, ${2 * PRIORITY_LEVELS - 1}) AS rank
        WHERE (${inUse} >> (${PRIORITY_LEVELS - 1} - rank / 2)) & 1 = 1 ORDER BY rank) END`;
}

/** What a receive returns: a row for each delivery, and sometimes one without an id, with notes about the queue. */
export const DELIVERY_COLUMNS =
  "id text, body text, deliveries integer, failures integer, crashes integer, rank integer, seq bigint, completed text, row_id tid";

/** SQL for what a lease changes in a message. */
export const LEASED = `state = ${STATE.leased}, at = lease_end, holder = new_holder, lease = new_lease,
            deliveries = m.deliveries + 1, crashes = m.crashes + (m.lease IS NOT NULL)::integer,
            crashed = coalesce(m.lease, m.crashed)`;

/**
 * The statement that leases the first ready messages. Rank after rank it reads the range of the index that may hold one;
 * rows that another receive locks are left to it. `lows` and `highs` limit `seq`, by priority. With `highs` returned
 * messages are left out: they would come before those of higher priorities. It stands in the function itself: the rows
 * of a function that it called would be copied twice more.
 */
function claimed({ messages }: TableNames, lows: string, highs: string): string {
  const isFront = "line.rank % 2 = 0";
  const limit = (bounds: string) => `${bounds}[${PRIORITY_LEVELS} - line.rank / 2]`;
  const upper =
    highs === "NULL"
      ? ""
      : `AND m.seq < CASE WHEN ${highs} IS NULL THEN 9223372036854775807 ELSE ${limit(highs)} END`;
  const ranks = highs === "NULL" ? "" : `WHERE ${highs} IS NULL OR NOT ${isFront}`;
  return `RETURN QUERY WITH leased AS (
          UPDATE ${messages} m SET ${LEASED}
          WHERE m.ctid = ANY (ARRAY(
            SELECT first.row_id FROM unnest(ranks) AS line (rank)
            CROSS JOIN LATERAL (
              SELECT m.ctid AS row_id FROM ${messages} m
              WHERE m.queue = queue_id AND m.state = ${STATE.ready} AND m.rank = line.rank
                AND m.seq >= CASE WHEN ${isFront} THEN -9223372036854775808 ELSE ${limit(lows)} END ${upper}
              ORDER BY m.seq LIMIT most - got FOR UPDATE SKIP LOCKED) AS first
            ${ranks}
            LIMIT most - got))
          RETURNING m.id, m.body, m.deliveries, m.failures, m.crashes, m.rank, m.seq, m.completed, m.ctid
        )
        SELECT l.id, l.body, l.deliveries, l.failures, l.crashes, l.rank::integer, l.seq, l.completed, l.ctid
        FROM leased l ORDER BY l.rank, l.seq;
        GET DIAGNOSTICS part = ROW_COUNT;
        got := got + part;`;
}

/**
 * Settles leases, then leases messages. Acks and leases do not wait for the disk: one that a crash of the server undoes
 * causes one more delivery.
 * `since`: due times before it have been looked at; NULL leaves the times alone. Times from `sweep_since` to
 * `sweep_until` are looked at too. `lows`: the lowest number that may be ready, by priority. Where
 * that brings too few, or always with `is_full`, numbers from `sweep_lows` to `sweep_highs` are looked at too.
 */
function settleAndReceive(names: TableNames): string {
  const { schema, queues, messages } = names;
  const isDue = (state: number) =>
    `EXISTS (SELECT FROM ${messages} m WHERE m.queue = q.id AND m.state = ${state} AND m.at >= since AND m.at <= now_ms)`;
  const nextAt = (state: number) =>
    `(SELECT at FROM ${messages} WHERE queue = queue_id AND state = ${state} AND at >= since
        AND at <= now_ms + ${LOOK_AHEAD_MS} ORDER BY at, seq LIMIT 1)`;
  const elapsed = (since: string) => `extract(epoch FROM clock_timestamp() - ${since}) * 1000`;
  return publicFunction(names, {
    name: "settle_and_receive",
    parameters: `queue_name text, ${SETTLEMENTS}, most integer, new_lease bigint, lease_ms float8, new_holder text,
      since bigint, sweep_since bigint, sweep_until bigint, lows bigint[], sweep_lows bigint[], sweep_highs bigint[], is_full boolean`,
    returns: `TABLE (${DELIVERY_COLUMNS})`,
    body: `
    DECLARE
      queue_id integer;
      paused boolean;
      ranks integer[];
      is_due boolean;
      now_ms bigint := ${nowMs(names)};
      lease_end bigint;
      settled text[];
      lost bigint[];
      ready integer := 0;
      delayed integer := 0;
      leased integer := 0;
      dead integer := 0;
      got integer := 0;
      part integer;
      promoted integer;
      swept integer;
      started timestamptz := clock_timestamp();
      part_started timestamptz;
      look_ms float8;
      check_ms float8;
      due_ms float8;
      swept_ms float8;
      next_at bigint;
      -- An assignment is cheaper than a statement.
      ignored text := set_config('synchronous_commit', 'off', true);
    BEGIN
      SELECT q.id, q.is_paused, ${ranksOf("q.priorities")}, 
        most > 0 AND (${isDue(STATE.delayed)} OR ${isDue(STATE.leased)})
      INTO queue_id, paused, ranks, is_due FROM ${queues} q WHERE q.name = queue_name;
      check_ms := ${elapsed("started")};
      -- A standby could answer, and a worker would wait there for ever: what is sent reaches another server.
      IF current_setting('transaction_read_only')::boolean THEN
        RAISE read_only_sql_transaction USING MESSAGE = 'this server takes no writes';
      END IF;
      IF queue_id IS NULL THEN
        RETURN QUERY SELECT NULL::text, '{"isMissing":true}', 0, 0, 0, 0, NULL::bigint, NULL::text, NULL::tid;
        RETURN;
      END IF;
      IF ids IS NOT NULL AND actions IS NULL THEN
        ${acked(names)}
      ELSIF ids IS NOT NULL THEN
        SELECT * INTO lost, ready, delayed, leased, dead
        FROM ${schema}.settle_leases(queue_id, now_ms, ids, leases, actions, delays, failed, reasons, errors);
      END IF;
      IF most > 0 AND NOT paused THEN
        lease_end := ${laterBy("now_ms", "lease_ms")};
        started := clock_timestamp();
        IF since IS NOT NULL THEN
          promoted := CASE WHEN is_due THEN ${schema}.promote_due(queue_id, since, now_ms) ELSE 0 END;
          due_ms := check_ms + ${elapsed("started")};
        END IF;
        IF sweep_until IS NOT NULL THEN
          part_started := clock_timestamp();
          swept := ${schema}.promote_due(queue_id, sweep_since, sweep_until);
          swept_ms := ${elapsed("part_started")};
        END IF;
        IF NOT is_full THEN
        ${claimed(names, "lows", "NULL")}
        END IF;
        IF got < most AND sweep_lows IS NOT NULL THEN
        ${claimed(names, "sweep_lows", "sweep_highs")}
        look_ms := check_ms + ${elapsed("started")};
        END IF;
        IF got < most AND is_full AND sweep_highs IS NOT NULL THEN
        ${claimed(names, "lows", "NULL")}
        END IF;
        IF got = 0 AND since IS NOT NULL THEN
          part_started := clock_timestamp();
          next_at := least(${nextAt(STATE.delayed)}, ${nextAt(STATE.leased)});
          due_ms := due_ms + ${elapsed("part_started")};
        END IF;
      END IF;
      IF ready - got <> 0 OR delayed <> 0 OR leased + got <> 0 OR dead <> 0 THEN
        ${changeCounts(names, "queue_id, ready - got, delayed, leased + got, dead, 0")};
      END IF;
      IF ready > got OR delayed > 0 THEN
        ${notifyWaiting(names, "NULL")}
      END IF;
      IF lost IS NOT NULL OR got < most OR is_full OR due_ms > ${CHEAP_TIMES_MS} THEN
        RETURN QUERY SELECT NULL::text, json_build_object('lost', lost, 'lookMs', look_ms, 'dueMs', due_ms,
          'lookedAt', CASE WHEN promoted < ${PROMOTE_STEP} THEN now_ms END, 'sweptMs', CASE WHEN swept < ${PROMOTE_STEP} THEN swept_ms END,
          'nextMs', next_at - now_ms)::text, 0, 0, 0, 0, NULL::bigint, NULL::text, NULL::tid;
      END IF;
    END`,
  });
}
