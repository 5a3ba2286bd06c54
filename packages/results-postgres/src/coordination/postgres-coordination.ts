import { type CoordinationStore, UNTIL_REMOVED_MS } from "@jobs/core/broker";
import type { PostgresLink } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";
import { escapeText, unescapeText } from "../text/escape-text.ts";
import { coordinationStatements } from "./coordination-statements.ts";

/** A coordination store with a way to remove expired marks, which Postgres does not do by itself. */
export interface PostgresCoordination extends CoordinationStore {
  /** Removes expired marks. */
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
