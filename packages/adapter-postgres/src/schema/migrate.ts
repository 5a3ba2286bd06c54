import { ConfigError } from "@jobs/core";
import { optionsCheck, systemClock } from "@jobs/core/runtime";
import type { ClientBase, ClientConfig, Pool } from "pg";
import {
  addressOf,
  type ConnectionOptions,
  loadDriver,
  poolConfig,
  STORE_RULES,
} from "../connection/connection-options.ts";
import { HOW_TO_MIGRATE, isMissingTable, postgresFault } from "../connection/postgres-fault.ts";
import { MIGRATIONS } from "./migrations.ts";
import { type TableNames, tableNames } from "./table-names.ts";

/** Options of {@link migrateResults}. */
export interface MigrationOptions extends ConnectionOptions {
  /** Default `jobs`. */
  readonly schema?: string;
}

/** Time limit of a migration, in ms. It may wait for another process, and may have to change many rows. */
const MIGRATION_MS = 60_000;

/** How long a migration waits for a table that somebody uses, in ms. It is undone then, and can be repeated. */
const LOCK_MS = 5_000;

/** Stores pass all their options on, with `migrate`. */
const checkOptions = optionsCheck<MigrationOptions & { readonly migrate?: boolean }>(STORE_RULES);

/**
 * Creates or updates the tables of results. The owner of the database calls it before workers start with roles that may
 * not. When processes call it at once, one works and the others wait. Resolves with the versions before and after.
 * @throws AccessDeniedError · BrokerUnavailableError · ConfigError for tables of a newer release
 */
export async function migrateResults(
  options: MigrationOptions = {},
): Promise<{ readonly from: number; readonly to: number }> {
  checkOptions(options, "migrateResults");
  const tables = tableNames(options.schema);
  const to = MIGRATIONS.length;
  const found = await onClient(options, {}, (client) => schemaVersion(client, tables));
  refuseNewer(found, tables);
  if (found === to) return { from: found, to };
  const patient = { statement_timeout: MIGRATION_MS, query_timeout: MIGRATION_MS };
  return { from: await onClient(options, patient, (client) => migrate(client, tables)), to };
}

/**
 * Brings the tables up to date, or refuses others where `migrate` is false. Nearly always one read of a connection that
 * is there anyway. @throws as {@link migrateResults} does
 */
export async function prepareTables(
  pool: Pick<Pool, "query">,
  { migrate = true, ...options }: MigrationOptions & { readonly migrate?: boolean },
): Promise<void> {
  const tables = tableNames(options.schema);
  const version = await schemaVersion(pool, tables);
  if (version === MIGRATIONS.length) return;
  refuseNewer(version, tables);
  if (!migrate) refuseOlder(version, tables);
  await migrateResults(options);
}

/** In one transaction, so that no part of it remains after a failure. Returns the version before. */
async function migrate(client: ClientBase, tables: TableNames): Promise<number> {
  await client.query("BEGIN");
  // Held until the end of the transaction. The number identifies the tables of this schema among all advisory locks.
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [
    `jobs migrations of ${tables.migrations}`,
  ]);
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [tables.schemaName]);
  // Checks first: without the right to create schemas the statement fails, even when the schema exists.
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${tables.schema}`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${tables.migrations} (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const from = await schemaVersion(client, tables);
  refuseNewer(from, tables);
  // A statement of somebody that holds a table would else hold all who wait behind this migration.
  await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
  for (const [version, migration] of MIGRATIONS.entries()) {
    if (version < from) continue;
    await client.query(migration(tables));
    await client.query(`INSERT INTO ${tables.migrations} (version) VALUES ($1)`, [version + 1]);
  }
  await client.query("COMMIT");
  return from;
}

async function onClient<T>(
  options: MigrationOptions,
  times: ClientConfig,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const { Client } = await loadDriver();
  const startedAt = systemClock.monotonic();
  const client = new Client({ ...poolConfig(options), ...times });
  // The running call gets the error.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw postgresFault(error, {
      role: "results store",
      address: addressOf(options),
      waitedMs: systemClock.monotonic() - startedAt,
    });
  } finally {
    void client.end().catch(() => {});
  }
}

/** How many migrations a schema has had; 0 without tables. */
async function schemaVersion(client: Pick<Pool, "query">, { migrations }: TableNames): Promise<number> {
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

/** @throws ConfigError for tables of a newer release, whose meaning is unknown here */
function refuseNewer(version: number, { schema }: TableNames): void {
  if (version <= MIGRATIONS.length) return;
  throw new ConfigError(
    `postgres: schema ${schema} has version ${version}, newer than ${MIGRATIONS.length}, the newest this release knows.`,
    { hint: "Update @jobs/adapter-postgres, or use another schema." },
  );
}

/** @throws ConfigError for tables that are missing or of an older release */
function refuseOlder(version: number, { schema }: TableNames): void {
  if (version >= MIGRATIONS.length) return;
  const state =
    version === 0 ? "has no tables for results" : `has version ${version}, ${MIGRATIONS.length} is needed`;
  throw new ConfigError(`postgres: schema ${schema} ${state}.`, { hint: HOW_TO_MIGRATE });
}
