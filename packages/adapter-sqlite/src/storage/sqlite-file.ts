import { statSync } from "node:fs";
import { resolve } from "node:path";
import { BrokerUnavailableError, ConfigError } from "@jobs/core";
import { type Connect, type Connection, loadDriver } from "../driver/sqlite-driver.ts";
import { Ballast } from "./ballast.ts";
import { LockLine } from "./lock-line.ts";
import { openConnection, type Synchronous } from "./open-connection.ts";
import { Sql } from "./sql.ts";
import { describeFault, isFull } from "./sqlite-fault.ts";

/** The name of this store in errors and capabilities. */
export const KIND = "sqlite";

/** What a caller may say about a write. */
export interface WriteOptions {
  /** Stores something new: refused on a full disk, so that the room left is for finishing what is there. */
  readonly isNewWork?: boolean;
  /**
   * A power cut may undo it, since it would only be done again: it does not wait for the disk, which under load takes
   * longer than all else. It never comes to stand without the writes before it, and a killed process loses nothing.
   */
  readonly isRepeatable?: boolean;
  /** Gives up before the write has begun. */
  readonly signal?: AbortSignal;
}

/** What an open connection is known by. */
interface Opened {
  readonly connection: Connection;
  readonly sql: Sql;
  /** What commits wait for now. */
  synchronous: Synchronous;
  /** Device and inode of the file it was opened on. */
  readonly identity: string;
}

/**
 * One database file and this process's connection to it. Each read and write is one transaction within one turn of the
 * event loop; a lock held by another process is waited for without blocking.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #synchronous: Synchronous;
  readonly #ballast: Ballast;
  readonly #writes = new LockLine();
  readonly #reads = new LockLine();
  #connect: Connect | undefined;
  #opened: Opened | undefined;
  #isClosed = false;

  /** Nothing is opened before the first read or write. @throws ConfigError for a path that would not be a file. */
  constructor(path: string, synchronous: Synchronous) {
    assertFilePath(path);
    this.#path = resolve(path);
    this.#synchronous = synchronous;
    this.#ballast = new Ballast(this.#path);
  }

  /** Runs `work` on a steady view of the file. @throws ConfigError when the file cannot be used · BrokerUnavailableError when it cannot be used now. */
  read<T>(work: (sql: Sql) => T): Promise<T> {
    return this.#named(() => this.#reads.run(() => work(this.#current().sql)));
  }

  /** Runs `work` as one transaction; when it is done, the file has it. @throws BrokerUnavailableError when nothing was changed. */
  write<T>(work: (sql: Sql) => T, options: WriteOptions = {}): Promise<T> {
    return this.#named(() => this.#writes.run(() => this.#transact(work, options), options.signal));
  }

  /** The write-ahead log, which every commit is written to first. */
  get logPath(): string {
    return `${this.#path}-wal`;
  }

  /** A number that changes whenever another connection has written; `undefined` while it cannot be asked. */
  dataVersion(): number | undefined {
    try {
      return this.#current().sql.get<{ readonly data_version: number }>("PRAGMA data_version")?.data_version;
    } catch {
      return undefined;
    }
  }

  /** Calls that still wait for a lock are refused, as are later ones. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#disconnect();
  }

  #transact<T>(work: (sql: Sql) => T, { isNewWork, isRepeatable }: WriteOptions): T {
    if (isNewWork) this.#ballast.hold();
    try {
      const opened = this.#current();
      waitForDisk(opened, isRepeatable ? "normal" : this.#synchronous);
      return transact(opened, work);
    } catch (error) {
      if (isNewWork || !isFull(error) || !this.#ballast.release()) throw error;
    }
    const opened = this.#current();
    // Empties the log into the file: the log's space on disk can then be used again.
    opened.connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return transact(opened, work);
  }

  #current(): Opened {
    if (this.#isClosed) {
      throw new BrokerUnavailableError({ broker: KIND }, `${this.#path}: it is closed.`, {
        retryable: false,
        hint: "Do not close the broker before its last call.",
      });
    }
    this.#opened ??= this.#open();
    if (identify(this.#path) === this.#opened.identity) return this.#opened;
    this.#disconnect();
    throw new BrokerUnavailableError(
      { broker: KIND },
      `${this.#path} was deleted or replaced while in use.`,
      {
        hint: "The next call opens what is there now; stop all users before a file is moved.",
      },
    );
  }

  #open(): Opened {
    if (this.#connect === undefined) throw new Error("a read or write loads the driver first");
    const connection = openConnection(this.#connect, this.#path, this.#synchronous);
    return {
      connection,
      sql: new Sql(connection),
      synchronous: this.#synchronous,
      identity: identify(this.#path),
    };
  }

  #disconnect(): void {
    this.#opened?.connection.close();
    this.#opened = undefined;
  }

  async #named<T>(call: () => Promise<T>): Promise<T> {
    try {
      this.#connect ??= await loadDriver();
      return await call();
    } catch (error) {
      throw describeFault(error, { kind: KIND, file: this.#path });
    }
  }
}

function assertFilePath(file: string): void {
  if (file !== "" && file !== ":memory:" && !file.startsWith("file:")) return;
  throw new ConfigError(`sqlite: ${JSON.stringify(file)} is not the path of a file.`, {
    hint: "Pass a path; for jobs that live in memory use memory() of @jobs/adapter-memory.",
  });
}

function transact<T>({ connection, sql }: Opened, work: (sql: Sql) => T): T {
  sql.run("BEGIN IMMEDIATE");
  try {
    const result = work(sql);
    sql.run("COMMIT");
    return result;
  } catch (error) {
    if (connection.isTransaction) sql.run("ROLLBACK");
    throw error;
  }
}

/** SQLite takes the change only between transactions, and when the statement is compiled: it cannot be a prepared one. */
function waitForDisk(opened: Opened, synchronous: Synchronous): void {
  if (opened.synchronous === synchronous) return;
  opened.connection.exec(`PRAGMA synchronous = ${synchronous}`);
  opened.synchronous = synchronous;
}

function identify(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "missing" : `${stats.dev}:${stats.ino}`;
}
