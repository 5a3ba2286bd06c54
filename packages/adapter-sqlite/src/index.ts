export { adapter } from "./adapter.ts";
export type { SqliteDriver } from "./driver/sqlite-driver.ts";
export { type SqliteHistoryOptions, sqliteHistory } from "./history/sqlite-history.ts";
export { type SqliteResultsOptions, sqliteResults } from "./results/sqlite-results.ts";
export { createTables, type SqliteOptions, sqlite } from "./sqlite.ts";
export type { Synchronous } from "./storage/open-connection.ts";
