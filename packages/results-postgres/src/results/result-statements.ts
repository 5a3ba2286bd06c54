import type { Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** What is asked of the table of results. */
export interface ResultStatements {
  /**
   * Ids, states, results, times to live in ms, `NULL` without end, and times of the enqueue, `NULL` where not known, as
   * arrays of one length.
   */
  readonly put: Statement;
  /** By id; gives the text of the result. */
  readonly get: Statement;
  readonly prune: Statement;
}

/** The statements for a schema. */
export function resultStatements({ results }: TableNames, pruneStep: number): ResultStatements {
  return {
    // A success that is still kept stays until another job of its id ends: a second run must not change what was seen.
    put: {
      name: "put_results",
      text: `INSERT INTO ${results} AS kept (id, status, result, expires_at, enqueued_at)
        SELECT id, status, result, now() + ttl * interval '1 millisecond', enqueued_at
        FROM unnest($1::text[], $2::text[], $3::json[], $4::float8[], $5::bigint[])
          AS new (id, status, result, ttl, enqueued_at)
        ON CONFLICT (id) DO UPDATE
        SET status = excluded.status, result = excluded.result, expires_at = excluded.expires_at,
          enqueued_at = excluded.enqueued_at
        WHERE kept.status <> 'succeeded' OR kept.expires_at <= now()
          OR kept.enqueued_at IS DISTINCT FROM excluded.enqueued_at`,
    },
    get: {
      name: "get_result",
      text: `SELECT result::text FROM ${results} WHERE id = $1 AND (expires_at IS NULL OR expires_at > now())`,
    },
    // Two workers that prune at once take different rows instead of waiting for each other.
    prune: {
      name: "prune_results",
      text: `DELETE FROM ${results} WHERE id IN (
        SELECT id FROM ${results} WHERE expires_at <= now() ORDER BY expires_at LIMIT ${pruneStep} FOR UPDATE SKIP LOCKED)`,
    },
  };
}
