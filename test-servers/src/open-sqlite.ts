import { createRequire } from "node:module";

/** A connection to a SQLite file, as a program opens it: `DatabaseSync` of `node:sqlite`, or of the package. */
export interface ProgramDatabase {
  exec(sql: string): void;
  prepare(sql: string): {
    run(...values: readonly (string | number | null)[]): unknown;
    all(...values: readonly (string | number | null)[]): unknown[];
  };
  close(): void;
}

/** Opens a file by the driver that jobs chooses in this process: Node's own where it needs no flag, else the package. */
export function openSqlite(file: string): ProgramDatabase {
  const require = createRequire(import.meta.url);
  const { DatabaseSync } = (process.getBuiltinModule?.("node:sqlite") ??
    require("@photostructure/sqlite")) as {
    readonly DatabaseSync: new (path: string) => ProgramDatabase;
  };
  return new DatabaseSync(file);
}
