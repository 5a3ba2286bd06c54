import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTables } from "@jobs/adapter-sqlite";
import { openSqlite, type ProgramDatabase } from "@jobs/test-servers";

/** A connection of the program to its own database. */
export interface Shop extends Disposable {
  /** The database, which has the tables of jobs too. */
  readonly file: string;
  /** What an enqueue takes as transaction. */
  readonly connection: ProgramDatabase;
  begin(): void;
  commit(): void;
  rollback(): void;
}

/** A folder that is removed with its content. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobs-outbox-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A new database with the tables of jobs and one of the program. */
export async function openShop(): Promise<Shop> {
  const folder = temporaryFolder();
  const file = join(folder.path, "shop.db");
  await createTables({ file });
  const connection = openSqlite(file);
  connection.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY) STRICT");
  return {
    file,
    connection,
    begin: () => connection.exec("BEGIN IMMEDIATE"),
    commit: () => connection.exec("COMMIT"),
    rollback: () => connection.exec("ROLLBACK"),
    [Symbol.dispose]() {
      connection.close();
      folder[Symbol.dispose]();
    },
  };
}

/** A moment that a test waits for. `Promise.withResolvers` is not in Node 20. */
export interface Moment {
  readonly reached: Promise<void>;
  reach(): void;
}

export function moment(): Moment {
  let reach: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return { reached, reach: () => reach() };
}
