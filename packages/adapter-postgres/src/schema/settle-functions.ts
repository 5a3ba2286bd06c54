import { ACTION, frontRankOf, laterBy, RELEASED_SEQ, rankOf, STATE } from "./broker-tables.ts";
import { innerFunction } from "./function-text.ts";
import type { TableNames } from "./table-names.ts";

/**
 * The settlements of a call, as arrays of one length. Where `actions` is NULL, all are acks of messages with different
 * ids, and all arrays after it are NULL too. Then one lease stands for all, if it is the same.
 */
export const SETTLEMENTS =
  "ids text[], leases bigint[], actions smallint[], delays float8[], failed smallint[], reasons text[], errors text[]";

/** Ordered by id: two calls then lock the same rows in the same order. `n` counts in the order of the call. */
const UNNESTED = `(SELECT * FROM unnest(ids, leases, actions, delays, failed, reasons, errors)
        WITH ORDINALITY AS u (id, lease, action, delay, failed, reason, error, n) ORDER BY u.id COLLATE "C") AS s`;

/**
 * SQL that joins messages `m` with leases `s` that hold them. `ids` bounds what is read, by the primary key. The join
 * alone would not, in a plan for an empty table.
 */
export const HELD = "m.queue = queue_id AND m.id = ANY (ids) AND m.id = s.id AND m.lease = s.lease";

/**
 * The statements that ack leases where all settlements are acks. They set `lost` and the changes of the counts. No
 * join can be planned in the wrong order here.
 */
export function acked({ messages, schema }: TableNames): string {
  return `WITH done AS (
          DELETE FROM ${messages} m WHERE m.queue = queue_id AND m.id = ANY (ids)
            AND m.lease = CASE WHEN cardinality(leases) = 1 THEN leases[1] ELSE leases[array_position(ids, m.id)] END
          RETURNING m.id, m.state)
        SELECT array_agg(done.id), -count(*) FILTER (WHERE done.state = ${STATE.ready}),
          -count(*) FILTER (WHERE done.state = ${STATE.leased})
        INTO settled, ready, leased FROM done;
        IF cardinality(ids) + ready + leased > 0 THEN
          IF cardinality(leases) = 1 THEN leases := array_fill(leases[1], ARRAY[cardinality(ids)]); END IF;
          lost := ${schema}.lost_leases(queue_id, ids, leases,
            ARRAY(SELECT s.n FROM unnest(ids) WITH ORDINALITY AS s (id, n) WHERE s.id = ANY (settled)));
        END IF;`;
}

/**
 * What a function does with a row that another transaction has locked. A handler's transaction that has completed its
 * job holds the row until its end. Before version 7 a call waited for that, and failed for all of its leases.
 */
export type LockedRows = "wait" | "skip";

/** The functions that end leases. Only other functions of the schema call them. */
export function settleFunctions(names: TableNames, locked: LockedRows): string {
  return [lost(names, locked), settle(names, locked)].join("\n");
}

/**
 * SQL for the numbers of leases that are held, but were left out since their rows are locked. `done`: the numbers of
 * those that were not.
 */
export function skipped({ messages }: TableNames, done: string): string {
  return `ARRAY(SELECT s.n FROM unnest(ids, leases) WITH ORDINALITY AS s (id, lease, n) JOIN ${messages} m ON ${HELD}
          WHERE s.n <> ALL (${done}))`;
}

/** SQL for the same numbers as an answer: below 0, which an older release takes as lost. */
export function asNegative(numbers: string): string {
  return `ARRAY(SELECT -n FROM unnest(${numbers}) AS n)`;
}

/**
 * The numbers of the leases that were not held, if some of them were not. `held`: the numbers of the others. Their
 * holders live, so that none of them counts as crashed.
 */
function lost(names: TableNames, locked: LockedRows): string {
  const { messages } = names;
  const slow = {
    wait: `FROM unnest(ids, leases) WITH ORDINALITY AS s (id, lease, n)
      WHERE m.queue = queue_id AND m.id = ANY (ids) AND m.id = s.id AND m.crashed = s.lease AND s.n = ANY (lost)`,
    skip: `WHERE m.ctid = ANY (ARRAY(
        SELECT o.ctid FROM unnest(ids, leases) WITH ORDINALITY AS s (id, lease, n) JOIN ${messages} o
        ON o.queue = queue_id AND o.id = ANY (ids) AND o.id = s.id AND o.crashed = s.lease AND s.n = ANY (lost)
        FOR UPDATE OF o SKIP LOCKED))`,
  };
  return innerFunction(names, {
    name: "lost_leases",
    parameters: "queue_id integer, ids text[], leases bigint[], held bigint[]",
    returns: "bigint[]",
    body: `
    DECLARE
      lost bigint[];
    BEGIN
      SELECT array_agg(n) INTO lost FROM generate_series(1, cardinality(ids)) AS n WHERE n <> ALL (held);
      -- The holder of a lease that somebody else has taken over has not crashed.
      UPDATE ${messages} m SET crashes = m.crashes - 1, crashed = NULL
      ${slow[locked]};
      RETURN lost;
    END`,
  });
}

/**
 * Ends leases. Returns the numbers of those that were not held, and the changes of the counts. A lease that has ended is
 * held until its message is taken again. Its row may be ready by then. The number of one that was left out, since its row
 * is locked, is also there below 0.
 */
function settle(names: TableNames, locked: LockedRows): string {
  const { messages, messageSeq } = names;
  const steps = lockSteps(names)[locked];
  const update = (action: number, change: string) => updateOf(names, action, change);
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
      new_seqs bigint[];${steps.variables}
    BEGIN
      ready := 0; delayed := 0; leased := 0; dead := 0;${steps.before}
      -- Taken in the order of the settlements. An update meets its rows in any order.
      IF ${ACTION.retry} = ANY (actions) OR ${ACTION.dead} = ANY (actions) THEN
        new_seqs := ARRAY(SELECT nextval('${messageSeq}') FROM generate_series(1, cardinality(ids)));
      END IF;
      IF ${ACTION.ack} = ANY (actions) THEN
        WITH done AS (
          DELETE FROM ${messages} m USING ${UNNESTED} WHERE ${HELD} AND s.action = ${ACTION.ack}
          RETURNING s.n, m.state)
        SELECT coalesce(array_agg(done.n), '{}'), -count(*) FILTER (WHERE done.state = ${STATE.ready}),
          -count(*) FILTER (WHERE done.state = ${STATE.leased})
        INTO settled, ready, leased FROM done;
      END IF;
${steps.afterAcks}
      ready := ready - part_count;
      leased := leased + part_count;
      ${update(
        ACTION.retry,
        `state = CASE WHEN s.delay > 0 THEN ${STATE.delayed} ELSE ${STATE.ready} END, rank = ${rankOf("m.priority")},
          seq = new_seqs[s.n], at = ${laterBy("now_ms", "s.delay")}, due_at = ${laterBy("now_ms", "s.delay")},
          failures = m.failures + s.failed, last_error = s.reason`,
      )}
        ${update(
          ACTION.release,
          `state = ${STATE.ready}, rank = ${frontRankOf("m.priority")}, seq = ${RELEASED_SEQ}, at = m.due_at`,
        )}
        ${update(
          ACTION.dead,
          `state = ${STATE.dead}, seq = new_seqs[s.n], at = now_ms, failures = m.failures + s.failed,
          dead_reason = s.reason, dead_error = s.error`,
        )}
      IF cardinality(settled) < cardinality(ids) THEN
${steps.lost}
      END IF;
    END`,
  });
}

/** The statements for the leases that end in one way. */
function updateOf({ messages }: TableNames, action: number, change: string): string {
  return `
      IF ${action} = ANY (actions) THEN
        WITH done AS (
          UPDATE ${messages} m SET ${change}, lease = NULL FROM ${UNNESTED} WHERE ${HELD} AND s.action = ${action}
          RETURNING s.n, m.state)
        SELECT array_agg(done.n), count(*), count(*) FILTER (WHERE done.state = ${STATE.delayed})
        INTO part, part_count, part_delayed FROM done;
        settled := settled || coalesce(part, '{}');
        leased := leased - part_count;
        ${action === ACTION.dead ? "dead := dead + part_count;" : "delayed := delayed + part_delayed; ready := ready + part_count - part_delayed;"}
      END IF;`;
}

/** The parts of `settle_leases` that lock rows. An update returns only the new state, so the old one is read before it. */
function lockSteps(names: TableNames) {
  const { messages, schema } = names;
  const locking = (columns: string) =>
    `SELECT ${columns} FROM ${UNNESTED} JOIN ${messages} m ON ${HELD} FOR UPDATE OF m`;
  return {
    wait: {
      variables: "",
      before: "",
      afterAcks: `      -- No WHERE: it would be applied before the lock.
      SELECT count(*) FILTER (WHERE late.state = ${STATE.ready}) INTO part_count FROM (${locking("m.state")}) AS late;`,
      lost: `        lost := ${schema}.lost_leases(queue_id, ids, leases, settled);`,
    },
    skip: {
      variables: `
      late integer;
      busy bigint[];`,
      before: `
      -- No WHERE: it would be applied before the lock.
      SELECT coalesce(array_agg(mine.n), '{}'),
        count(*) FILTER (WHERE mine.state = ${STATE.ready} AND mine.action <> ${ACTION.ack})
      INTO part, late FROM (${locking("s.n, s.action, m.state")} SKIP LOCKED) AS mine;
      -- No row of another lease is touched any more.
      actions := ARRAY(SELECT CASE WHEN n = ANY (part) THEN actions[n] END FROM generate_series(1, cardinality(ids)) AS n ORDER BY n);`,
      afterAcks: "      part_count := late;",
      lost: `        busy := ${skipped(names, "settled")};
        lost := ${schema}.lost_leases(queue_id, ids, leases, settled || busy) || busy || ${asNegative("busy")};`,
    },
  } as const;
}
