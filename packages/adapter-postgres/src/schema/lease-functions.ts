import { laterBy, nowMs, STATE } from "./broker-tables.ts";
import { changeCounts, publicFunction } from "./function-text.ts";
import { asNegative, HELD, type LockedRows, skipped } from "./settle-functions.ts";
import type { TableNames } from "./table-names.ts";

/** The functions for what a holder does with its leases before it settles them. */
export function leaseFunctions(names: TableNames): string {
  return [extendFunction(names, "wait"), complete(names), isCompletedFunction(names, "false")].join("\n");
}

/**
 * Moves the end of leases. Returns the numbers of those that are held. That of one whose row is locked, and so was left
 * out, is below 0.
 */
export function extendFunction(names: TableNames, locked: LockedRows): string {
  const { queues, schema } = names;
  const answers = {
    wait: {
      variables: "",
      lost: `        PERFORM ${schema}.lost_leases(queue_id, ids, leases, held);`,
    },
    skip: {
      variables: `
      busy bigint[];`,
      lost: `        busy := ${skipped(names, "held")};
        PERFORM ${schema}.lost_leases(queue_id, ids, leases, held || busy);
        held := held || ${asNegative("busy")};`,
    },
  };
  const extended = (state: number) => extendedOf(names, state)[locked];
  return publicFunction(names, {
    name: "extend_leases",
    parameters: "queue_name text, ids text[], leases bigint[], lease_ms float8",
    returns: "bigint[]",
    body: `
    DECLARE
      queue_id integer;
      lease_end bigint := ${laterBy(nowMs(names), "lease_ms")};
      held bigint[];
      late bigint[];${answers[locked].variables}
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
${answers[locked].lost}
      END IF;
      RETURN held;
    END`,
  });
}

/** SQL for the numbers of the leases in a state, once their ends are moved. */
function extendedOf({ messages }: TableNames, state: number): Readonly<Record<LockedRows, string>> {
  const update = `UPDATE ${messages} m SET at = lease_end, state = ${STATE.leased}`;
  const asked = "unnest(ids, leases) WITH ORDINALITY AS s (id, lease, n)";
  return {
    wait: `WITH done AS (
          ${update}
          FROM ${asked} WHERE ${HELD} AND m.state = ${state} RETURNING s.n)
        SELECT coalesce(array_agg(done.n), '{}')`,
    skip: `WITH mine AS MATERIALIZED (
          SELECT m.ctid AS row_id, s.n FROM ${asked} JOIN ${messages} m ON ${HELD} AND m.state = ${state}
          FOR UPDATE OF m SKIP LOCKED), done AS (
          ${update} FROM mine WHERE m.ctid = mine.row_id RETURNING mine.n)
        SELECT coalesce(array_agg(done.n), '{}')`,
  };
}

/** SQL for the condition of the message `message_id`. */
function isNamed({ queues }: TableNames): string {
  return `m.queue = (SELECT q.id FROM ${queues} q WHERE q.name = queue_name) AND m.id = message_id`;
}

/**
 * Marks a leased message as completed, within the transaction of the caller. The lease is held until its message is
 * taken again, also when it has ended.
 */
function complete(names: TableNames): string {
  const { messages } = names;
  return publicFunction(names, {
    name: "complete_lease",
    parameters: "queue_name text, message_id text, held_lease bigint, value text",
    returns: "boolean",
    body: `
    BEGIN
      UPDATE ${messages} m SET completed = value WHERE ${isNamed(names)} AND m.lease = held_lease
        AND m.state IN (${STATE.leased}, ${STATE.ready});
      RETURN FOUND;
    END`,
  });
}

/** Reads the mark of a message. `gone`: the answer where there is no message; before version 7 it was `false`. */
export function isCompletedFunction(names: TableNames, gone: "NULL" | "false"): string {
  const { messages } = names;
  const answers = {
    false: `EXISTS (SELECT FROM ${messages} m WHERE ${isNamed(names)} AND m.completed IS NOT NULL)`,
    NULL: `(SELECT m.completed IS NOT NULL FROM ${messages} m WHERE ${isNamed(names)})`,
  };
  return publicFunction(names, {
    name: "is_completed",
    parameters: "queue_name text, message_id text",
    returns: "boolean",
    body: `
    BEGIN
      RETURN ${answers[gone]};
    END`,
  });
}
