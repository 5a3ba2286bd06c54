export { adapter } from "./adapter.ts";
export type { ConnectionOptions } from "./connection/connection-options.ts";
export { type PostgresHistoryOptions, postgresHistory } from "./history/postgres-history.ts";
export { postgres } from "./postgres.ts";
export type { PostgresOptions } from "./postgres-options.ts";
export { type PostgresResultsOptions, postgresResults } from "./results/postgres-results.ts";
export { type GrantOptions, grantsFor } from "./schema/grants.ts";
export { migrateSchema } from "./schema/migrate.ts";
