import { frontRankOf, laterBy, nowMs, rankOf, STATE } from "./broker-tables.ts";
import { changeCounts, publicFunction } from "./function-text.ts";
import { DELIVERY_COLUMNS, LEASED } from "./receive-functions.ts";
import type { TableNames } from "./table-names.ts";

/** A version of {@link nextFunction}. */
export interface NextFunction {
  /** Whether it leaves all to `settle_and_receive` while returned messages wait. Before version 8 it took others first. */
  readonly seesReturned: boolean;
}

/**
 * What a worker calls for nearly each job of a busy queue. It acks leases and leases the next messages, from `low` to
 * below `high`, of a queue without priorities. Each statement costs as much as some messages. So returned messages, due
 * times, late ones and notes are left to `settle_and_receive`.
 * `row_ids`: where the acked messages are, those of one lease after the other; `ends`: the last one of each lease. Their
 * places save a search in the primary key for each. A row that was changed since is at another place. Where some were not
 * found, a row without an id has the places of all that were. The messages are in no order. None are leased while returned
 * ones wait, which come before them.
 * Postgres reads all of a range that a page of the index has, also where one message is wanted. `high` keeps it short.
 */
export function nextFunction(names: TableNames, { seesReturned }: NextFunction): string {
  const { queues, messages } = names;
  const returned = `EXISTS (SELECT FROM ${messages} m WHERE m.queue = queue_id AND m.state = ${STATE.ready} AND m.rank = ${frontRankOf("0")})`;
  const isNext = `NOT q.is_paused AND q.priorities = 1${seesReturned ? ` AND NOT ${returned}` : ""}`;
  return publicFunction(names, {
    name: "receive_next",
    parameters: `queue_name text, queue_id integer, row_ids tid[], leases bigint[], ends integer[],
      most integer, new_lease bigint, lease_ms float8, new_holder text, low bigint, high bigint`,
    returns: `TABLE (${DELIVERY_COLUMNS})`,
    body: `
    DECLARE
      lease_end bigint := ${laterBy(nowMs(names), "lease_ms")};
      acked tid[] := '{}';
      late integer := 0;
      places tid[];
      got integer;
      ignored text := set_config('synchronous_commit', 'off', true);
    BEGIN
      FOR n IN 1 .. cardinality(leases) LOOP
        WITH done AS (
          DELETE FROM ${messages} m
          WHERE m.ctid = ANY (row_ids[coalesce(ends[n - 1], 0) + 1 : ends[n]]) AND m.lease = leases[n]
          RETURNING m.ctid AS place, m.state)
        SELECT acked || array_agg(done.place), late + count(*) FILTER (WHERE done.state = ${STATE.ready})
        INTO acked, late FROM done;
      END LOOP;
      places := ARRAY(
        SELECT m.ctid FROM ${messages} m
        WHERE m.queue = queue_id AND m.state = ${STATE.ready} AND m.rank = ${rankOf("0")} AND m.seq >= low AND m.seq < high
          AND (SELECT ${isNext} FROM ${queues} q WHERE q.id = queue_id AND q.name = queue_name)
        ORDER BY m.seq LIMIT most FOR UPDATE SKIP LOCKED);
      got := cardinality(places);
      IF got > 0 OR cardinality(acked) > 0 THEN
        ${changeCounts(names, "queue_id, -late - got, 0, late - cardinality(acked) + got, 0, 0")};
      END IF;
      RETURN QUERY UPDATE ${messages} m SET ${LEASED}
      WHERE m.ctid = ANY (places)
      RETURNING m.id, m.body, m.deliveries, m.failures, m.crashes, m.rank::integer, m.seq, m.completed, m.ctid;
      IF cardinality(acked) < cardinality(row_ids) THEN
        RETURN QUERY SELECT NULL::text, json_build_object('acked', acked)::text, 0, 0, 0, 0, NULL::bigint, NULL::text, NULL::tid;
      END IF;
    END`,
  });
}
