import { isError } from "@jobs/core/runtime";

/** The values in columns; the schema uses no blobs and no reals. */
export type SqlValue = string | number | null;

/** A prepared statement. All drivers have the interface of `node:sqlite`. */
export interface Statement {
  run(...values: SqlValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/**
 * A connection to one file: all that this package asks of a driver. Calls are synchronous. {@link resultCode} reads
 * their errors.
 */
export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Undoes the open transaction. Without one it does nothing: SQLite itself ends a transaction on some errors. */
  rollback(): void;
  /** Moves the log into the file and removes it, unless another connection has the file open. */
  close(): void;
  /** Keeps it open for ever, for a driver whose close would change the file. */
  abandon?(): void;
}

/** Opens a file, creating it where it is missing. */
export type Connect = new (path: string) => Connection;

/** SQLite's extended result code in a driver's error; `undefined` for other errors. */
export function resultCode(error: unknown): number | undefined {
  if (!isError(error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}
