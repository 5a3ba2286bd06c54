import type { TableNames } from "./table-names.ts";

/** A function of the schema. */
export interface FunctionText {
  /** Its name without the schema. */
  readonly name: string;
  /** Its parameters with their types. */
  readonly parameters: string;
  readonly returns: string;
  /** In PL/pgSQL. */
  readonly body: string;
}

/**
 * Runs with the rights of the tables' owner, so that a role needs no right on a table. The plans are the same for an
 * empty table and for one with 10⁷ rows: every step is a short range of one index.
 * A scan that is switched off counts as so costly that Postgres would compile the plan, for 200 ms.
 */
const OPTIONS = `LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan SET jit = off`;

/** A function that roles may be granted. */
export function publicFunction({ schema }: TableNames, text: FunctionText): string {
  return define(schema, text, OPTIONS);
}

/** A function that only functions of the schema call. It has their rights and their settings. */
export function innerFunction({ schema }: TableNames, text: FunctionText): string {
  return define(schema, text, "LANGUAGE plpgsql");
}

function define(schema: string, { name, parameters, returns, body }: FunctionText, options: string): string {
  return `
    CREATE FUNCTION ${schema}.${name}(${parameters}) RETURNS ${returns} ${options} AS $function$
    #variable_conflict use_column
    ${body}
    $function$;
    REVOKE ALL ON FUNCTION ${schema}.${name} FROM PUBLIC;`;
}

/** Statements that put functions in the place of others with the same parameters. Roles keep their rights on them. */
export function replacing(created: string): string {
  return created.replaceAll("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION");
}

/** A statement that undoes its transaction where a condition holds. */
export function raiseIf(condition: string, message: string): string {
  return `DO $check$ BEGIN IF ${condition} THEN RAISE EXCEPTION '${message}'; END IF; END $check$;`;
}

/** SQL that records how many messages of a queue changed their state. */
export function changeCounts({ countChanges }: TableNames, values: string): string {
  return `INSERT INTO ${countChanges} (queue, ready, delayed, leased, dead, entered) VALUES (${values})`;
}

/** The channel of a schema's notifications. At most 63 characters are kept of a name. */
export function channelOf({ schemaName }: TableNames): string {
  return `jobs_${schemaName}`.slice(0, 63);
}

/** SQL for the first key of the locks by which a waiting process shows that it listens. The second is the queue. */
export function listeningKey({ schemaName }: TableNames): string {
  return `hashtext('jobs listening in ${schemaName}')`;
}

/**
 * SQL that notifies the processes which wait on a queue. Postgres commits one notifying transaction after the other, so
 * none is sent while nobody waits. A waiting process holds a lock, which is looked at without waiting for it. `seq` is
 * the lowest number of a message that is ready now, or NULL.
 */
export function notifyWaiting(names: TableNames, seq: string): string {
  const key = listeningKey(names);
  // Expressions are cheaper than statements.
  return `IF (CASE WHEN pg_try_advisory_lock(${key}, queue_id) THEN NOT pg_advisory_unlock(${key}, queue_id) ELSE true END) THEN
        PERFORM pg_notify('${channelOf(names)}', queue_id || ' ' || coalesce(${seq}, 0));
      END IF;`;
}
