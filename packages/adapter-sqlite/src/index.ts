export { type SqliteOptions, sqlite } from "./sqlite.ts";
export type { Synchronous } from "./storage/open-connection.ts";
