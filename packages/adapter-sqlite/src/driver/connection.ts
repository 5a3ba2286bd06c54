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
  /** Moves the log into the file where nobody else has it open, and takes the log away. */
  close(): void;
  /** Never closes it, where a close cannot be kept from changing the file. */
  abandon?(): void;
  readonly isTransaction: boolean;
}

/** Opens a file, creating it where it is missing. */
export type Connect = new (path: string) => Connection;
