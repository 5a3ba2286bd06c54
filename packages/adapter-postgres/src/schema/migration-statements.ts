import { raiseIf } from "./function-text.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { TableNames } from "./table-names.ts";

/** Time limit of a migration, in ms. It may wait for another process, and may have to change many rows. */
export const MIGRATION_MS = 60_000;

/** How long a migration waits for a table that somebody uses, in ms. It is undone then, and can be repeated. */
const LOCK_MS = 5_000;

/** Starts the transaction of a migration. Other migrations of the schema wait for its end. */
export function beginStatements({ migrations }: TableNames): readonly string[] {
  return [
    "BEGIN;",
    `SET LOCAL statement_timeout = ${MIGRATION_MS};`,
    // The number identifies the tables of this schema among all advisory locks.
    `SELECT pg_advisory_xact_lock(hashtext('jobs migrations of ${migrations}'));`,
    // A statement of somebody that holds a table would else hold all who wait behind this migration.
    `SET LOCAL lock_timeout = ${LOCK_MS};`,
  ];
}

/** The statements between {@link beginStatements} and the commit, up or down to a version. */
export function migrationStatements(
  tables: TableNames,
  found: { readonly version: number; readonly hasSchema: boolean },
  to: number,
): readonly string[] {
  return found.version <= to ? statementsUp(tables, found, to) : statementsDown(tables, found.version, to);
}

function statementsUp(
  tables: TableNames,
  { version, hasSchema }: { readonly version: number; readonly hasSchema: boolean },
  to: number,
): readonly string[] {
  const { schema, migrations } = tables;
  return [
    // Without the right to create schemas the statement fails, even when the schema exists.
    ...(hasSchema ? [] : [`CREATE SCHEMA IF NOT EXISTS ${schema};`]),
    `CREATE TABLE IF NOT EXISTS ${migrations} (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());`,
    atVersion(tables, version),
    ...MIGRATIONS.slice(version, to).flatMap(({ up }, index) => [
      up(tables),
      `INSERT INTO ${migrations} (version) VALUES (${version + index + 1});`,
    ]),
  ];
}

function statementsDown(tables: TableNames, version: number, to: number): readonly string[] {
  const { migrations } = tables;
  const steps = MIGRATIONS.slice(to, version).reverse();
  return [
    atVersion(tables, version),
    ...steps.map(({ down }) => down(tables)),
    to === 0 ? `DROP TABLE ${migrations};` : `DELETE FROM ${migrations} WHERE version > ${to};`,
  ];
}

/** For those who run the statements as a script: they are right for one version only. */
function atVersion({ migrations }: TableNames, version: number): string {
  return raiseIf(
    `(SELECT coalesce(max(version), 0) FROM ${migrations}) <> ${version}`,
    `the tables of jobs do not have version ${version} any more`,
  );
}
