import { ConfigError } from "@jobs/core";
import type { ClientBase } from "pg";
import { HOW_TO_MIGRATE, isMissingTable } from "../connection/postgres-fault.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { TableNames } from "./table-names.ts";

/** How many migrations a schema has had; 0 without tables. */
export async function schemaVersion(client: ClientBase, { migrations }: TableNames): Promise<number> {
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
export function refuseNewer(version: number, { schema }: TableNames): void {
  if (version <= MIGRATIONS.length) return;
  throw new ConfigError(
    `postgres: schema ${schema} has version ${version}, newer than ${MIGRATIONS.length}, the newest this release knows.`,
    { hint: "Update @jobs/results-postgres, or use another schema." },
  );
}

/** @throws ConfigError for tables that are missing or of an older release */
export function refuseOlder(version: number, { schema }: TableNames): void {
  if (version >= MIGRATIONS.length) return;
  const state =
    version === 0 ? "has no tables for results" : `has version ${version}, ${MIGRATIONS.length} is needed`;
  throw new ConfigError(`postgres: schema ${schema} ${state}.`, { hint: HOW_TO_MIGRATE });
}
