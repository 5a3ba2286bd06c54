import { laterBy, nowMs, STATE } from "./broker-tables.ts";
import { changeCounts, publicFunction } from "./function-text.ts";
import { HELD } from "./settle-functions.ts";
import type { TableNames } from "./table-names.ts";

/** The functions for what a holder does with its leases before it settles them. */
export function leaseFunctions(names: TableNames): string {
  return [extend(names), complete(names)].join("\n");
}

/** Moves the end of leases. Returns the numbers of those that are held. */
function extend(names: TableNames): string {
  const { queues, messages, schema } = names;
  const extended = (state: number) => `WITH done AS (
          UPDATE ${messages} m SET at = lease_end, state = ${STATE.leased}
          FROM unnest(ids, leases) WITH ORDINALITY AS s (id, lease, n) WHERE ${HELD} AND m.state = ${state} RETURNING s.n)
        SELECT coalesce(array_agg(done.n), '{}')`;
  return publicFunction(names, {
    name: "extend_leases",
    parameters: "queue_name text, ids text[], leases bigint[], lease_ms float8",
    returns: "bigint[]",
    body: `
    DECLARE
      queue_id integer;
      lease_end bigint := ${laterBy(nowMs(names), "lease_ms")};
      held bigint[];
      late bigint[];
    BEGIN
      PERFORM set_config('synchronous_commit', 'off', true);
      SELECT q.id INTO queue_id FROM ${queues} q WHERE q.name = queue_name;
      ${extended(STATE.leased)} INTO held FROM done;
      IF cardinality(held) < cardinality(ids) THEN
        ${extended(STATE.ready)} INTO late FROM done;
        IF cardinality(late) > 0 THEN
          held := held || late;
          ${changeCounts(names, "queue_id, -cardinality(late), 0, cardinality(late), 0, 0")};
        END IF;
        PERFORM ${schema}.lost_leases(queue_id, ids, leases, held);
      END IF;
      RETURN held;
    END`,
  });
}

/**
 * Marks a leased message as completed, within the transaction of the caller. The lease is held until its message is
 * taken again, also when it has ended. `is_completed` reads the mark.
 */
function complete(names: TableNames): string {
  const { queues, messages } = names;
  const held = `m.queue = (SELECT q.id FROM ${queues} q WHERE q.name = queue_name) AND m.id = message_id`;
  const completed = publicFunction(names, {
    name: "complete_lease",
    parameters: "queue_name text, message_id text, held_lease bigint, value text",
    returns: "boolean",
    body: `
    BEGIN
      UPDATE ${messages} m SET completed = value WHERE ${held} AND m.lease = held_lease
        AND m.state IN (${STATE.leased}, ${STATE.ready});
      RETURN FOUND;
    END`,
  });
  const asked = publicFunction(names, {
    name: "is_completed",
    parameters: "queue_name text, message_id text",
    returns: "boolean",
    body: `
    BEGIN
      RETURN EXISTS (SELECT FROM ${messages} m WHERE ${held} AND m.completed IS NOT NULL);
    END`,
  });
  return `${completed}${asked}`;
}
