import { laterBy, nowMs, PRIORITY_LEVELS, rankOf, STATE } from "./broker-tables.ts";
import { changeCounts, innerFunction, listeningKey, notifyWaiting, publicFunction } from "./function-text.ts";
import type { TableNames } from "./table-names.ts";

/** The functions for sending and counting. One that returns a number of rows is called again until it is 0. */
export function queueFunctions(names: TableNames): string {
  return [
    ensureQueue(names),
    openQueue(names),
    sendFunction(names, { endsWithoutIds: false }),
    stats(names),
    foldCounts(names),
    promoteAll(names),
  ].join("\n");
}

/** The number of a queue, which is created if it is new. `in_use`: bits of priorities that it has to know. */
function ensureQueue(names: TableNames): string {
  const { queues } = names;
  return innerFunction(names, {
    name: "ensure_queue",
    parameters: "queue_name text, in_use integer",
    returns: "integer",
    body: `
    DECLARE
      queue_id integer;
      known integer;
    BEGIN
      SELECT q.id, q.priorities INTO queue_id, known FROM ${queues} q WHERE q.name = queue_name;
      IF queue_id IS NULL THEN
        INSERT INTO ${queues} (name, priorities) VALUES (queue_name, in_use | 1) ON CONFLICT (name) DO NOTHING;
        SELECT q.id, q.priorities INTO queue_id, known FROM ${queues} q WHERE q.name = queue_name;
      END IF;
      IF in_use & ~known <> 0 THEN
        UPDATE ${queues} q SET priorities = q.priorities | in_use WHERE q.id = queue_id;
      END IF;
      RETURN queue_id;
    END`,
  });
}

/** The number of a queue for a receiver, so that it can wait for its first message, and where to begin to look. */
function openQueue(names: TableNames): string {
  const { counts, schema } = names;
  return publicFunction(names, {
    name: "open_queue",
    parameters: "queue_name text",
    returns: "TABLE (id integer, lows bigint[], looked_at bigint)",
    body: `
    DECLARE
      queue_id integer;
    BEGIN
      queue_id := ${schema}.ensure_queue(queue_name, 1);
      RETURN QUERY SELECT queue_id, c.lows, c.looked_at FROM (SELECT) AS one
        LEFT JOIN ${counts} c ON c.queue = queue_id;
    END`,
  });
}

/**
 * Stores messages. One with an id that is already stored changes nothing. Returns the ids of those that were stored;
 * NULL if all were. Without delays or priorities their arrays are NULL.
 * Since version 7 a call without ids makes the queue, enters the priorities in it, and returns its number. So a caller's
 * transaction need not hold the row of the queue.
 */
export function sendFunction(
  names: TableNames,
  { endsWithoutIds }: { readonly endsWithoutIds: boolean },
): string {
  const { queues, schema } = names;
  return publicFunction(names, {
    name: "send_messages",
    parameters: `queue_name text, ${SENT}`,
    returns: "text[]",
    body: `
    DECLARE
      queue_id integer;
      known integer;${sendingVariables(names)}
      in_use integer := 1;
    BEGIN
      IF priorities IS NOT NULL THEN
        SELECT bit_or(1 << p) INTO in_use FROM unnest(priorities) AS p;
      END IF;
      SELECT q.id, q.priorities INTO queue_id, known FROM ${queues} q WHERE q.name = queue_name;
      IF queue_id IS NULL OR in_use & ~known <> 0 THEN
        queue_id := ${schema}.ensure_queue(queue_name, in_use);
      END IF;${endsWithoutIds ? "\n      IF cardinality(ids) = 0 THEN RETURN ARRAY[queue_id::text]; END IF;" : ""}
${storing(names)}
    END`,
  });
}

/**
 * Stores messages in a queue by its number, with all their priorities entered in it. It does not read the queue. A
 * transaction with an older snapshot cannot see it.
 */
export function sendToFunction(names: TableNames): string {
  return publicFunction(names, {
    name: "send_to_queue",
    parameters: `queue_id integer, ${SENT}`,
    returns: "text[]",
    body: `
    DECLARE${sendingVariables(names)}
    BEGIN
${storing(names)}
    END`,
  });
}

const SENT = "ids text[], labels text[], bodies text[], delays float8[], priorities integer[]";

function sendingVariables(names: TableNames): string {
  return `
      now_ms bigint := ${nowMs(names)};
      stored text[];
      ready integer;
      delayed integer := 0;
      first_seq bigint;`;
}

/** The statements that store messages in the queue `queue_id`, and return. */
function storing(names: TableNames): string {
  const { messages, messageSeq } = names;
  return `      IF cardinality(ids) = 1 AND delays IS NULL AND priorities IS NULL THEN
        -- The same for one message, without arrays.
        INSERT INTO ${messages} AS m (queue, id, label, body, seq, state, rank, priority, at, due_at)
        VALUES (queue_id, ids[1], labels[1], bodies[1], nextval('${messageSeq}'), ${STATE.ready}, ${rankOf("0")}, 0, now_ms, now_ms)
        ON CONFLICT (queue, id) DO NOTHING RETURNING m.seq INTO first_seq;
        ready := CASE WHEN FOUND THEN 1 ELSE 0 END;
      ELSE
      WITH sent AS (
        INSERT INTO ${messages} AS m (queue, id, label, body, seq, state, rank, priority, at, due_at)
        SELECT queue_id, s.id, s.label, s.body, nextval('${messageSeq}'),
          CASE WHEN s.delay > 0 THEN ${STATE.delayed} ELSE ${STATE.ready} END, ${rankOf("coalesce(s.priority, 0)")},
          coalesce(s.priority, 0), ${laterBy("now_ms", "coalesce(s.delay, 0)")}, ${laterBy("now_ms", "coalesce(s.delay, 0)")}
        FROM unnest(ids, labels, bodies, delays, priorities) AS s (id, label, body, delay, priority)
        ON CONFLICT (queue, id) DO NOTHING
        RETURNING m.id, m.state, m.seq)
      SELECT array_agg(sent.id), count(*) FILTER (WHERE sent.state = ${STATE.ready}),
        count(*) FILTER (WHERE sent.state = ${STATE.delayed}), min(sent.seq)
      INTO stored, ready, delayed, first_seq FROM sent;
      END IF;
      IF ready + delayed > 0 THEN
        ${changeCounts(names, "queue_id, ready, delayed, 0, 0, ready + delayed")};
        ${notifyWaiting(names, "first_seq")}
      END IF;
      IF ready + delayed = cardinality(ids) THEN RETURN NULL; END IF;
      RETURN coalesce(stored, '{}');`;
}

/**
 * SQL for the point up to which the changes of the counts are added up. Numbers of transactions are those of a server: a
 * point from a restored dump of another one may be in its future.
 */
function foldedTo({ counts }: TableNames): string {
  const point = `(SELECT k.folded_to FROM ${counts} k WHERE k.queue = 0 AND k.folded_to <= pg_snapshot_xmax(pg_current_snapshot()))`;
  return `SELECT coalesce(${point}, '0'::xid8) AS xact, (SELECT k.running FROM ${counts} k WHERE k.queue = 0) AS running`;
}

/**
 * SQL for the changes that are not added up, after the point `f`. Those that are added up are dead rows, and a long
 * transaction keeps them. So each part reads a range of the index that begins after them.
 */
function notFolded({ countChanges }: TableNames): string {
  return `SELECT m.* FROM ${countChanges} m WHERE m.writer >= f.xact
        UNION ALL SELECT late.* FROM unnest(f.running) AS r (writer)
        CROSS JOIN LATERAL (SELECT m.* FROM ${countChanges} m WHERE m.writer = r.writer AND m.writer < f.xact) AS late`;
}

/**
 * The numbers of a queue, in one statement and so of one moment. It counts only messages whose time has come since the
 * last receive. The oldest ready message is the first of a rank.
 */
function stats(names: TableNames): string {
  const { queues, messages, counts } = names;
  const due = (state: number) =>
    `(SELECT count(*) AS n, min(m.at) AS oldest FROM ${messages} m WHERE m.queue = q.id AND m.state = ${state} AND m.at <= t.now_ms
      AND m.at > coalesce(k.looked_at, 0))`;
  const sum = (name: string) => `(coalesce(k.${name}, 0) + coalesce(d.${name}, 0))::bigint`;
  return publicFunction(names, {
    name: "queue_stats",
    parameters: "queue_name text",
    returns:
      "TABLE (ready bigint, delayed bigint, leased bigint, dead bigint, entered bigint, oldest_ms bigint, is_paused boolean, changes bigint)",
    body: `
    BEGIN
      RETURN QUERY SELECT ${sum("ready")} + due.n + expired.n, ${sum("delayed")} - due.n, ${sum("leased")} - expired.n,
        ${sum("dead")}, ${sum("entered")},
        t.now_ms - least(first.at, due.oldest, expired.oldest), q.is_paused, d.n
      FROM ${queues} q CROSS JOIN (SELECT ${nowMs(names)} AS now_ms) AS t
      LEFT JOIN ${counts} k ON k.queue = q.id
      CROSS JOIN (${foldedTo(names)}) AS f
      CROSS JOIN LATERAL (
        SELECT sum(c.ready) AS ready, sum(c.delayed) AS delayed, sum(c.leased) AS leased, sum(c.dead) AS dead,
          sum(c.entered) AS entered, count(*) AS n FROM (${notFolded(names)}) AS c WHERE c.queue = q.id) AS d
      CROSS JOIN LATERAL ${due(STATE.delayed)} AS due
      CROSS JOIN LATERAL ${due(STATE.leased)} AS expired
      CROSS JOIN LATERAL (
        SELECT min(one.at) AS at FROM generate_series(0, ${2 * PRIORITY_LEVELS - 1}) AS line (rank)
        CROSS JOIN LATERAL (SELECT m.at FROM ${messages} m WHERE m.queue = q.id AND m.state = ${STATE.ready}
          AND m.rank = line.rank
          AND m.seq >= CASE WHEN line.rank % 2 = 0 THEN -9223372036854775808
            ELSE coalesce(k.lows[${PRIORITY_LEVELS} - line.rank / 2], 0) END
          ORDER BY m.seq LIMIT 1) AS one) AS first
      WHERE q.name = queue_name;
    END`,
  });
}

/**
 * Adds the changes of the counts up. Every statement inserts its change, since a row that all of them update would be
 * waited for, and would leave a dead version each time. One process does this at a time. It also keeps where it looks for
 * messages in its queues, for those that start later. `queue_lows` has the numbers of one queue after the other.
 */
function foldCounts(names: TableNames): string {
  const { counts, countChanges, queues } = names;
  const columns = ["ready", "delayed", "leased", "dead", "entered"];
  return publicFunction(names, {
    name: "fold_counts",
    parameters: "queue_names text[], queue_lows bigint[], looked bigint[]",
    returns: "integer",
    body: `
    DECLARE
      folded integer;
      from_xact xid8;
      from_running xid8[];
    BEGIN
      PERFORM set_config('synchronous_commit', 'off', true);
      IF NOT pg_try_advisory_xact_lock(${listeningKey(names)}, 0) THEN RETURN 0; END IF;
      SELECT f.xact, f.running INTO from_xact, from_running FROM (${foldedTo(names)}) AS f;
      WITH taken AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot),
      gone AS (DELETE FROM ${countChanges} m WHERE m.writer >= from_xact RETURNING m.*),
      late AS (
        DELETE FROM ${countChanges} m USING unnest(from_running) AS r (writer)
        WHERE m.writer = r.writer AND m.writer < from_xact RETURNING m.*),
      changes AS (SELECT * FROM gone UNION ALL SELECT * FROM late),
      sums AS (SELECT changes.queue, count(*) AS n, ${columns.map((name) => `sum(changes.${name}) AS ${name}`).join(", ")} FROM changes GROUP BY changes.queue),
      added AS (
        INSERT INTO ${counts} AS c (queue, ${columns.join(", ")})
        SELECT queue, ${columns.join(", ")} FROM sums
        ON CONFLICT (queue) DO UPDATE SET ${columns.map((name) => `${name} = c.${name} + excluded.${name}`).join(", ")}),
      noted AS (
        INSERT INTO ${counts} AS c (queue, folded_to, running)
        SELECT 0, pg_snapshot_xmax(snapshot), ARRAY(SELECT pg_snapshot_xip(snapshot)) FROM taken WHERE EXISTS (SELECT FROM sums)
        ON CONFLICT (queue) DO UPDATE SET folded_to = excluded.folded_to, running = excluded.running)
      SELECT coalesce(sum(sums.n), 0) INTO folded FROM sums;
      INSERT INTO ${counts} AS c (queue, lows, looked_at)
      SELECT q.id, queue_lows[(u.n - 1) * ${PRIORITY_LEVELS} + 1 : u.n * ${PRIORITY_LEVELS}], looked[u.n]
      FROM unnest(queue_names) WITH ORDINALITY AS u (name, n) JOIN ${queues} q ON q.name = u.name
      ON CONFLICT (queue) DO UPDATE SET lows = excluded.lows, looked_at = excluded.looked_at;
      RETURN folded;
    END`,
  });
}

/**
 * Makes some messages ready whose time has come since the last receive, so that they are in their real state. Returns
 * how many.
 */
function promoteAll(names: TableNames): string {
  const { counts, queues, schema } = names;
  return publicFunction(names, {
    name: "promote_queue",
    parameters: "queue_name text",
    returns: "integer",
    body: `
    DECLARE
      queue_id integer;
      looked_at bigint;
    BEGIN
      SELECT q.id, coalesce(c.looked_at, 0) INTO queue_id, looked_at
      FROM ${queues} q LEFT JOIN ${counts} c ON c.queue = q.id WHERE q.name = queue_name;
      RETURN ${schema}.promote_due(queue_id, looked_at, ${nowMs(names)});
    END`,
  });
}
