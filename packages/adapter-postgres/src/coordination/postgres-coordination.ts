import { type CoordinationStore, escapeText, UNTIL_REMOVED_MS, unescapeText } from "@jobs/core/broker";
import type { PostgresLink, Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** Statements on the table of entries. */
interface CoordinationStatements {
  readonly put: Statement;
  /** Returns the value that is stored now. */
  readonly claim: Statement;
  readonly list: Statement;
  readonly count: Statement;
  readonly remove: Statement;
  readonly prune: Statement;
}

/** The statements for a schema. Those that write take set, name, value and the time to live in ms. */
function coordinationStatements({ coordination }: TableNames): CoordinationStatements {
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

/** A coordination store with a way to remove expired entries, since Postgres does not remove them. */
export interface PostgresCoordination extends CoordinationStore {
  /** Removes expired entries. */
  prune(): Promise<void>;
}

/** Marks in Postgres, by the clock of its server. */
export function postgresCoordination(link: PostgresLink, tables: TableNames): PostgresCoordination {
  const statements = coordinationStatements(tables);
  return {
    async put({ set, name, value }, ttlMs) {
      await link.query(statements.put, [
        escapeText(set),
        escapeText(name),
        escapeText(value),
        Math.min(ttlMs, UNTIL_REMOVED_MS),
      ]);
    },
    async claim({ set, name, value }, ttlMs) {
      const values = [
        escapeText(set),
        escapeText(name),
        escapeText(value),
        Math.min(ttlMs, UNTIL_REMOVED_MS),
      ];
      const { rows } = await link.query<{ readonly value: string }>(statements.claim, values);
      return rows[0] === undefined ? value : unescapeText(rows[0].value);
    },
    async list(set) {
      const { rows } = await link.query<{ readonly name: string; readonly value: string }>(statements.list, [
        escapeText(set),
      ]);
      const coordination = rows.map(({ name, value }) => ({
        set,
        name: unescapeText(name),
        value: unescapeText(value),
      }));
      return coordination.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async count(set) {
      const { rows } = await link.query<{ readonly n: number }>(statements.count, [escapeText(set)]);
      return rows[0]?.n ?? 0;
    },
    async remove(set, name) {
      await link.query(statements.remove, [escapeText(set), escapeText(name)]);
    },
    async prune() {
      await link.query(statements.prune, []);
    },
  };
}
