import { createRequire } from "node:module";

/** What SQLite stores in a column here; the schema uses no blobs and no reals. */
export type SqlValue = string | number | null;

/** A prepared statement, as `node:sqlite` has it. */
export interface Statement {
  run(...values: SqlValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/** A connection, as `node:sqlite` has it: synchronous, one file. */
export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
  readonly isTransaction: boolean;
}

/** Opens a file, creating it where it is missing. */
export type Connect = new (path: string) => Connection;

interface DriverModule {
  readonly DatabaseSync: Connect;
}

/**
 * Node's own SQLite where it is there without a flag (22.13 and later), else the package with the same API.
 * Loaded on the first use, so that importing this adapter costs nothing; by `require`, which takes a third of the time
 * that the same package takes as a module.
 */
export async function loadDriver(): Promise<Connect> {
  const builtIn = withoutExperimentalWarning(() => process.getBuiltinModule?.("node:sqlite"));
  const require = createRequire(import.meta.url);
  const driver = (builtIn ?? require("@photostructure/sqlite")) as DriverModule;
  return driver.DatabaseSync;
}

/** Node 22 announces on stderr that SQLite is experimental; the caller has nothing to decide about it. Other warnings pass. */
function withoutExperimentalWarning<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === "ExperimentalWarning" && String(warning).includes("SQLite")) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
