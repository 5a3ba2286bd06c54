import type { StoreSchema } from "@jobs/core/broker";
import { type ConnectionOptions, connectionSettings } from "../connection/connection-options.ts";
import { diagnoseSchema } from "../doctor/diagnose-schema.ts";
import { grantsFor } from "./grants.ts";
import { migrateSchema } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";
import { tableNames } from "./table-names.ts";

/** The options of all stores that decide about the tables. */
interface SchemaTarget extends ConnectionOptions {
  readonly schema?: string;
}

/** The tables of a store, for the commands about them. It opens no connection before it is asked. */
export function postgresSchema({ url, connection, pooler, schema }: SchemaTarget): StoreSchema {
  const target: SchemaTarget = {
    ...(schema === undefined ? {} : { schema }),
    ...(url === undefined ? {} : { url }),
    ...(connection === undefined ? {} : { connection }),
    ...(pooler === undefined ? {} : { pooler }),
  };
  const settings = connectionSettings(target);
  const named = settings.schema === undefined ? {} : { schema: settings.schema };
  return {
    name: `${settings.address}, schema ${tableNames(settings.schema).schemaName}`,
    newest: MIGRATIONS.length,
    migrate: (options = {}) => migrateSchema({ ...target, ...options }),
    diagnose: () => diagnoseSchema(settings),
    grants: (role, access = "worker") => grantsFor({ role, access, ...named }),
  };
}
