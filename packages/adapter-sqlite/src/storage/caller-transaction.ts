import { realpathSync } from "node:fs";
import { ConfigError } from "@jobs/core";
import { type ForeignConnection, foreignConnection } from "../driver/sqlite-driver.ts";
import { MIGRATIONS } from "./schema.ts";
import { KIND, Sql } from "./shared-connection.ts";
import { describeFault } from "./sqlite-fault.ts";

/** A connection of the program, once it was found to be one to our file. */
interface KnownConnection {
  readonly connection: ForeignConnection;
  readonly sql: Sql;
  readonly path: string;
}

const known = new WeakMap<object, KnownConnection>();

/**
 * Runs `work` within the open transaction of a connection that the program has opened to the database at `path`. When
 * it fails it leaves nothing in the transaction.
 * @throws ConfigError for another object, another file, no open transaction, or a file without our tables
 * @throws BrokerUnavailableError when SQLite refuses a statement
 */
export function withinTransaction<T>(transaction: object, path: string, work: (sql: Sql) => T): T {
  try {
    const { connection, sql } = openTransaction(transaction, path);
    sql.run("SAVEPOINT jobs_send");
    try {
      return work(sql);
    } catch (error) {
      // On some errors, such as a full disk, SQLite has rolled back all of the transaction.
      if (connection.isInTransaction()) sql.run("ROLLBACK TO jobs_send");
      throw error;
    } finally {
      if (connection.isInTransaction()) sql.run("RELEASE jobs_send");
    }
  } catch (error) {
    throw describeFault(error, { kind: KIND, file: path });
  }
}

function openTransaction(transaction: object, path: string): KnownConnection {
  const found = known.get(transaction);
  const opened = found?.path === path ? found : know(transaction, path);
  const { connection, sql } = opened;
  if (!connection.isInTransaction()) {
    throw new ConfigError("sqlite: the connection in `transaction` has no open transaction.", {
      hint: "Run BEGIN IMMEDIATE on it first, and COMMIT after the last job.",
    });
  }
  const version = sql.get<{ readonly user_version: number }>("PRAGMA user_version")?.user_version;
  if (version === MIGRATIONS.length) return opened;
  throw new ConfigError(`sqlite: ${path} does not have the tables of this release yet.`, {
    hint: "Await createTables({ file }) at the start of the program, before your own tables.",
  });
}

function know(transaction: object, path: string): KnownConnection {
  const connection = foreignConnection(transaction);
  if (connection === undefined) {
    throw new ConfigError("sqlite: `transaction` is no connection of this process's driver.", {
      hint: "Pass the DatabaseSync of node:sqlite, or of @photostructure/sqlite where jobs uses that one.",
    });
  }
  const opened = fileOf(connection);
  if (opened === undefined || real(opened) !== real(path)) {
    throw new ConfigError(`sqlite: \`transaction\` is a connection to another database than ${path}.`, {
      hint: "Open your connection on the file of the broker, or take an outbox whose store is the other database.",
    });
  }
  const found = { connection, sql: new Sql(connection), path };
  known.set(transaction, found);
  return found;
}

/** The file of the connection's own database, not of an attached one. */
function fileOf(connection: ForeignConnection): string | undefined {
  const databases = connection.prepare("PRAGMA database_list").all() as readonly DatabaseRow[];
  const file = databases.find(({ name }) => name === "main")?.file;
  return file === "" || file === null ? undefined : file;
}

interface DatabaseRow {
  readonly name: string;
  readonly file: string | null;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
