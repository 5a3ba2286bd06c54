export { adapter } from "./adapter.ts";
export type { SqliteDriver } from "./driver/sqlite-driver.ts";
export { type SqliteMonitorOptions, sqliteMonitor } from "./monitor/sqlite-monitor.ts";
export { type SqliteResultsOptions, sqliteResults } from "./results/sqlite-results.ts";
export { type SqliteOptions, sqlite } from "./sqlite.ts";
export type { Synchronous } from "./storage/open-connection.ts";
