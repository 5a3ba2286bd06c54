import type { Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** Statements on the table of results. */
export interface ResultStatements {
  /**
   * Takes arrays of the same length: ids, states, results, times to live and times of the enqueue. Times to live are in
   * ms, `NULL` for ever; an unknown time of the enqueue is `NULL`.
   */
  readonly put: Statement;
  /** By id; returns the text of the result. */
  readonly get: Statement;
  readonly prune: Statement;
}

/** The statements for a schema. */
export function resultStatements({ results }: TableNames, pruneStep: number): ResultStatements {
  return {
    // A kept success stays until another job with its id ends: a second run must not change it.
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
    // Two workers that prune at once skip each other's rows instead of waiting.
    prune: {
      name: "prune_results",
      text: `DELETE FROM ${results} WHERE id IN (
        SELECT id FROM ${results} WHERE expires_at <= now() ORDER BY expires_at LIMIT ${pruneStep} FOR UPDATE SKIP LOCKED)`,
    },
  };
}
