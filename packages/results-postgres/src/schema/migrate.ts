import { optionsCheck } from "@jobs/core/runtime";
import type { ClientBase, ClientConfig } from "pg";
import {
  type ConnectionOptions,
  loadDriver,
  poolConfig,
  STORE_RULES,
} from "../connection/connection-options.ts";
import { postgresFault } from "../connection/postgres-fault.ts";
import { MIGRATIONS } from "./migrations.ts";
import { refuseNewer, refuseOlder, schemaVersion } from "./schema-version.ts";
import { type TableNames, tableNames } from "./table-names.ts";

/** Where the tables are, and whether this process may make them. */
export interface MigrationOptions extends ConnectionOptions {
  /** Default `jobs`. */
  readonly schema?: string;
}

/** A migration may have to wait for another process that runs it, and to work through many rows, in ms. */
const MIGRATION_MS = 60_000;

/** Stores hand on what they were given, `migrate` included. */
const checkOptions = optionsCheck<MigrationOptions & { readonly migrate?: boolean }>(STORE_RULES);

/**
 * Creates the tables of results, or brings them up to date; for the owner of the database, before workers start under
 * roles that may not. Of many processes that call it at once one works and the others wait. Resolves with the versions
 * before and after.
 * @throws AccessDeniedError · BrokerUnavailableError · ConfigError for tables of a newer release
 */
export async function migrateResults(
  options: MigrationOptions = {},
): Promise<{ readonly from: number; readonly to: number }> {
  checkOptions(options, "migrateResults");
  const tables = tableNames(options.schema);
  const to = MIGRATIONS.length;
  const found = await onClient(poolConfig(options), (client) => schemaVersion(client, tables));
  refuseNewer(found, tables);
  if (found === to) return { from: found, to };
  const patient = { ...poolConfig(options), statement_timeout: MIGRATION_MS, query_timeout: MIGRATION_MS };
  return { from: await onClient(patient, (client) => migrate(client, tables)), to };
}

/** @throws ConfigError unless the tables are there and of this release */
export async function checkTables(options: MigrationOptions): Promise<void> {
  const tables = tableNames(options.schema);
  const version = await onClient(poolConfig(options), (client) => schemaVersion(client, tables));
  refuseNewer(version, tables);
  refuseOlder(version, tables);
}

/** In one transaction: it is all there, or nothing. Returns the version before. */
async function migrate(client: ClientBase, tables: TableNames): Promise<number> {
  await client.query("BEGIN");
  // Held to the end of the transaction; the number stands for this schema's tables among all users of such locks.
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [
    `jobs migrations of ${tables.migrations}`,
  ]);
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [tables.schemaName]);
  // Asked first: the statement is refused without the right to create schemas, even where there is nothing to create.
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${tables.schema}`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${tables.migrations} (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const from = await schemaVersion(client, tables);
  refuseNewer(from, tables);
  for (const [version, migration] of MIGRATIONS.entries()) {
    if (version < from) continue;
    await client.query(migration(tables));
    await client.query(`INSERT INTO ${tables.migrations} (version) VALUES ($1)`, [version + 1]);
  }
  await client.query("COMMIT");
  return from;
}

async function onClient<T>(config: ClientConfig, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const { Client } = await loadDriver();
  const client = new Client(config);
  // The call that is under way is told.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw postgresFault(error);
  } finally {
    void client.end().catch(() => {});
  }
}
