import type { Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** Statements on the table of marks. */
export interface CoordinationStatements {
  readonly put: Statement;
  /** Returns the value that is stored now. */
  readonly claim: Statement;
  readonly list: Statement;
  readonly count: Statement;
  readonly remove: Statement;
  readonly prune: Statement;
}

/** The statements for a schema. Those that write take set, name, value and the time to live in ms. */
export function coordinationStatements({ coordination }: TableNames): CoordinationStatements {
  const insert = `INSERT INTO ${coordination} AS standing (set_name, name, value, expires_at)
    VALUES ($1, $2, $3, now() + $4::float8 * interval '1 millisecond') ON CONFLICT (set_name, name) DO UPDATE`;
  const isFree = "standing.expires_at <= now()";
  return {
    put: { name: "put_mark", text: `${insert} SET value = excluded.value, expires_at = excluded.expires_at` },
    // A claim that loses writes the row unchanged, since only a written row is returned by the same statement.
    claim: {
      name: "claim_mark",
      text: `${insert} SET
        value = CASE WHEN ${isFree} THEN excluded.value ELSE standing.value END,
        expires_at = CASE WHEN ${isFree} OR standing.value = excluded.value
          THEN excluded.expires_at ELSE standing.expires_at END
        RETURNING value`,
    },
    list: {
      name: "list_marks",
      text: `SELECT name, value FROM ${coordination} WHERE set_name = $1 AND expires_at > now()`,
    },
    count: {
      name: "count_marks",
      text: `SELECT count(*)::int AS n FROM ${coordination} WHERE set_name = $1 AND expires_at > now()`,
    },
    remove: { name: "remove_mark", text: `DELETE FROM ${coordination} WHERE set_name = $1 AND name = $2` },
    prune: { name: "prune_marks", text: `DELETE FROM ${coordination} WHERE expires_at <= now()` },
  };
}
