import type { Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** What is asked of the table of results. */
export interface ResultStatements {
  /** Ids, states, results and times to live in ms, `NULL` without end, as arrays of one length. */
  readonly put: Statement;
  /** By id; gives the text of the result. */
  readonly get: Statement;
  readonly prune: Statement;
}

/** The statements for a schema. */
export function resultStatements({ results }: TableNames, pruneStep: number): ResultStatements {
  return {
    // A success that is still kept is never replaced: a second run of the same job must not change what was seen.
    put: {
      name: "put_results",
      text: `INSERT INTO ${results} AS kept (id, status, result, expires_at)
        SELECT id, status, result, now() + ttl * interval '1 millisecond'
        FROM unnest($1::text[], $2::text[], $3::json[], $4::float8[]) AS new (id, status, result, ttl)
        ON CONFLICT (id) DO UPDATE
        SET status = excluded.status, result = excluded.result, expires_at = excluded.expires_at
        WHERE kept.status <> 'succeeded' OR kept.expires_at <= now()`,
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
