import { ConfigError } from "@jobs/core";
import type { SchemaMigration, SchemaMigrationOptions } from "@jobs/core/broker";
import { optionRules, optionsCheck } from "@jobs/core/runtime";
import type { ClientBase, Pool } from "pg";
import {
  type ConnectionOptions,
  type ConnectionSettings,
  connectionSettings,
  STORE_RULES,
} from "../connection/connection-options.ts";
import { HOW_TO_MIGRATE, isMissingTable } from "../connection/postgres-fault.ts";
import { withClient } from "../connection/single-client.ts";
import { beginStatements, MIGRATION_MS, migrationStatements } from "./migration-statements.ts";
import { MIGRATIONS, type RemovedTable } from "./migrations.ts";
import { refuseJobs, refuseRecords, type TableRows } from "./removed-records.ts";
import { type TableNames, tableNames } from "./table-names.ts";

/** Options of {@link migrateSchema}. */
export interface MigrationOptions extends ConnectionOptions, SchemaMigrationOptions {
  /** Default `jobs`. */
  readonly schema?: string;
}

/** Stores pass all their options on, with `migrate`. */
const checkOptions = optionsCheck<MigrationOptions & { readonly migrate?: boolean }>({
  ...STORE_RULES,
  to: optionRules.whole(0, MIGRATIONS.length),
  isDryRun: optionRules.boolean,
  mayRemoveRecords: optionRules.boolean,
});

/**
 * Creates or updates the tables, or takes the last migrations back. It is one transaction: all of it is done, or
 * nothing. When processes call it at once, one works and the others wait. A table that somebody holds for 5 s ends it.
 * @throws AccessDeniedError · BrokerUnavailableError · ConfigError for tables of a newer release, and for a step back
 * that would remove jobs, or other records without `mayRemoveRecords`
 */
export async function migrateSchema(options: MigrationOptions = {}): Promise<SchemaMigration> {
  checkOptions(options, "migrateSchema");
  return migrateTables(connectionSettings(options), options);
}

async function migrateTables(
  settings: ConnectionSettings,
  { to = MIGRATIONS.length, isDryRun = false, mayRemoveRecords = false }: SchemaMigrationOptions = {},
): Promise<SchemaMigration> {
  const tables = tableNames(settings.schema);
  // The limit of the server is set in the transaction: a pooler refuses it when a connection opens.
  return withClient(settings, MIGRATION_MS, async (client) => {
    const from = await schemaVersion(client, tables);
    refuseNewer(from, tables);
    if (from === to) return { from, to, removed: [], statements: [] };
    return migrate(client, tables, { to, isDryRun, mayRemoveRecords });
  });
}

/**
 * Brings the tables up to date, or refuses others where `migrate` is false. Nearly always one read of a connection that
 * is there anyway. @throws as {@link migrateSchema} does
 */
export async function prepareTables(
  pool: Pick<Pool, "query">,
  settings: ConnectionSettings,
  migrate = true,
): Promise<void> {
  const tables = tableNames(settings.schema);
  const version = await schemaVersion(pool, tables);
  if (version === MIGRATIONS.length) return;
  refuseNewer(version, tables);
  if (!migrate) refuseOlder(version, tables);
  await migrateTables(settings);
}

/** In one transaction, so that no part of it remains after a failure. */
async function migrate(
  client: ClientBase,
  tables: TableNames,
  { to, isDryRun, mayRemoveRecords }: Required<SchemaMigrationOptions>,
): Promise<SchemaMigration> {
  const begin = beginStatements(tables);
  for (const statement of begin) await client.query(statement);
  const found = await lookAtSchema(client, tables);
  refuseNewer(found.version, tables);
  const rows = await removedRows(client, tables, { from: found.version, to, isLocked: !isDryRun });
  refuseJobs(rows, tables, to);
  const removed = rows.map(({ kind, count }) => ({ kind, count })).filter(({ count }) => count > 0);
  if (!isDryRun && !mayRemoveRecords) refuseRecords(removed, tables, to);
  const statements = migrationStatements(tables, found, to);
  if (!isDryRun) for (const statement of statements) await client.query(statement);
  await client.query(isDryRun ? "ROLLBACK" : "COMMIT");
  return { from: found.version, to, removed, statements: [...begin, ...statements, "COMMIT;"] };
}

/** The rows that the steps back would remove. A table that an older step has removed already has none. */
async function removedRows(
  client: ClientBase,
  names: TableNames,
  { from, to, isLocked }: { readonly from: number; readonly to: number; readonly isLocked: boolean },
): Promise<readonly TableRows[]> {
  const tables = MIGRATIONS.slice(to, from).flatMap(({ removes }) => removes?.(names) ?? []);
  const found: RemovedTable[] = [];
  for (const removed of tables) {
    const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS is_there", [removed.table]);
    if (rows[0]?.is_there) found.push(removed);
  }
  if (found.length === 0) return [];
  // Else a row could come between the count and the removal.
  if (isLocked) await client.query(`LOCK TABLE ${found.map(({ table }) => table).join(", ")}`);
  const counted: TableRows[] = [];
  for (const removed of found) {
    const { rows } = await client.query<{ readonly count: string; readonly queues?: string }>(
      removed.countQuery,
    );
    counted.push({ ...removed, count: Number(rows[0]?.count ?? 0), queues: rows[0]?.queues });
  }
  return counted;
}

/** How many migrations a schema has had; 0 without tables. */
export async function schemaVersion(
  client: Pick<Pool, "query">,
  { migrations }: TableNames,
): Promise<number> {
  try {
    const { rows } = await client.query<{ readonly version: number }>(
      `SELECT coalesce(max(version), 0) AS version FROM ${migrations}`,
    );
    return rows[0]?.version ?? 0;
  } catch (error) {
    if (isMissingTable(error)) return 0;
    throw error;
  }
}

/** The same within a transaction, where a missing table must not be an error. */
async function lookAtSchema(
  client: ClientBase,
  tables: TableNames,
): Promise<{ readonly version: number; readonly hasSchema: boolean }> {
  const { rows } = await client.query<{ readonly has_schema: boolean; readonly has_table: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS has_schema, to_regclass($2) IS NOT NULL AS has_table",
    [tables.schemaName, tables.migrations],
  );
  const { has_schema: hasSchema = false, has_table: hasTable = false } = rows[0] ?? {};
  return { hasSchema, version: hasTable ? await schemaVersion(client, tables) : 0 };
}

/** @throws ConfigError for tables of a newer release, whose meaning is unknown here */
function refuseNewer(version: number, { schema }: TableNames): void {
  const newest = MIGRATIONS.length;
  if (version <= newest) return;
  const back = ["jobs schema migrate --to", newest].join(" ");
  throw new ConfigError(
    `postgres: schema ${schema} has version ${version}, newer than ${newest}, the newest this release knows.`,
    {
      hint: `Update @jobs/adapter-postgres, or use another schema. With the newer release, this takes the steps back: ${back}`,
    },
  );
}

/** @throws ConfigError for tables that are missing or of an older release */
function refuseOlder(version: number, { schema }: TableNames): void {
  if (version >= MIGRATIONS.length) return;
  const state = version === 0 ? "has no tables" : `has version ${version}, ${MIGRATIONS.length} is needed`;
  throw new ConfigError(`postgres: schema ${schema} ${state}.`, { hint: HOW_TO_MIGRATE });
}
