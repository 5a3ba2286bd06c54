/**
 * What these examples need of `DatabaseSync` of `node:sqlite`. @types/node has its types since version 22.5. Node 20
 * takes the same class from the package @photostructure/sqlite.
 */
export interface DatabaseSync {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

interface Statement {
  run(...values: readonly Value[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  all(...values: readonly Value[]): unknown[];
  iterate(...values: readonly Value[]): IterableIterator<unknown>;
  /** Since Node 22.16. */
  columns(): readonly unknown[];
}

/** What SQLite stores in a column. */
export type Value = string | number | null;
