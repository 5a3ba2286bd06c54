/** The values in columns; the schema uses no blobs and no reals. */
export type SqlValue = string | number | null;

/** A prepared statement, with the interface of `node:sqlite`. */
export interface Statement {
  run(...values: SqlValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/** A connection to one file, with the synchronous interface of `node:sqlite`. */
export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Moves the log into the file and removes it, unless another connection has the file open. */
  close(): void;
  /** Keeps it open for ever, for a driver whose close would change the file. */
  abandon?(): void;
  readonly isTransaction: boolean;
}

/** Opens a file, creating it where it is missing. */
export type Connect = new (path: string) => Connection;
