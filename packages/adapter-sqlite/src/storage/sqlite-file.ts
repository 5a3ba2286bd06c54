import { BrokerUnavailableError, ConfigError } from "@jobs/core";
import { type OptionRule, optionRules, type RequiredRule, required } from "@jobs/core/runtime";
import type { LockOptions } from "./lock-queue.ts";
import type { Synchronous } from "./open-connection.ts";
import { resolveInProject } from "./project-folder.ts";
import { KIND, type Opened, type PendingWrite, SharedConnection } from "./shared-connection.ts";
import type { Sql } from "./sql.ts";
import { describeFault, isFull } from "./sqlite-fault.ts";
import type { WakeUps } from "./wake-ups.ts";

/** The path of a file, as an option; which texts are paths says {@link SqliteFile}. */
export const FILE_RULE: RequiredRule = required({
  ...optionRules.textOrEmpty,
  expected: "the path of a file",
});

/** How safely a file is written, as an option. */
export const SYNCHRONOUS_RULE: OptionRule = optionRules.oneOf("full", "normal");

/** What a caller may say about a write. */
export interface WriteOptions extends LockOptions {
  /** Stores something new: refused on a full disk, so that the room left is for finishing what is there. */
  readonly isNewWork?: boolean;
  /**
   * A power cut may undo it, since it would only be done again: it does not wait for the disk, which under load takes
   * longer than all else. It never comes to stand without the writes before it, and a killed process loses nothing.
   */
  readonly isRepeatable?: boolean;
  /** Has nothing to do where there is no file: it runs on an empty one then, which is not kept. */
  readonly needsFile?: boolean;
}

/**
 * A database file as one of its users has it, on the process's shared connection. Each read and write is one
 * transaction within one turn of the event loop; a lock held by another process is waited for without blocking.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #synchronous: Synchronous;
  #connection: SharedConnection | undefined;
  #isClosed = false;

  /** Nothing is opened before the first read or write. @throws ConfigError for a path that would not be a file. */
  constructor(path: string, synchronous: Synchronous) {
    assertFilePath(path);
    this.#path = resolveInProject(path);
    this.#synchronous = synchronous;
  }

  /** Absolute. */
  get path(): string {
    return this.#path;
  }

  /** Opens the file, and makes it where it is missing. @throws as `read` does. */
  create(): Promise<void> {
    return this.#named(({ reads }) => reads.run(() => void this.#usable().open()));
  }

  /** Runs `work` on a steady view of the file; on an empty one where there is none, which makes none. @throws ConfigError when the file cannot be used · BrokerUnavailableError when it cannot be used now. */
  read<T>(work: (sql: Sql) => T): Promise<T> {
    return this.#named(({ reads }) => reads.run(() => work(this.#usable().openToRead().sql)));
  }

  /** Runs `work` as one transaction; when it is done, the file has it. @throws BrokerUnavailableError when nothing was changed. */
  write<T>(work: (sql: Sql) => T, options: WriteOptions = {}): Promise<T> {
    return this.#named(({ writes }) => writes.run(() => this.#transact(work, options), options));
  }

  /** Lets `pending` travel with this process's next write to the file; dropped when there is none. */
  join(pending: PendingWrite): void {
    this.#usable().join(pending);
  }

  /** Ids of the jobs of this file that this process holds leases on; some of the leases may be over. */
  get leased(): Set<string> {
    return this.#usable().leased;
  }

  /** Tells of changes to the file. */
  get wakeUps(): WakeUps {
    return (this.#connection ?? this.#usable()).wakeUps;
  }

  /** Calls that still wait for a lock are refused, as are later ones. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#connection?.leave(this);
  }

  #transact<T>(work: (sql: Sql) => T, { isNewWork, isRepeatable, needsFile }: WriteOptions): T {
    const connection = this.#usable();
    if (needsFile && connection.isMissing) return work(connection.openToRead().sql);
    try {
      // Opened once, since it looks at the files each time; before the reserve file, whose folder may still be to be made.
      const opened = connection.open();
      if (isNewWork) connection.reserveFile.hold();
      waitForDisk(opened, isRepeatable ? "normal" : this.#synchronous);
      return connection.transact(opened, work);
    } catch (error) {
      if (isNewWork || !isFull(error) || !connection.reserveFile.release()) throw error;
    }
    const opened = connection.open();
    // Empties the log into the file: the log's space on disk can then be used again.
    opened.connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return connection.transact(opened, work);
  }

  /** Also asked when a call's turn has come: it may have waited for a lock since. */
  #usable(): SharedConnection {
    if (this.#isClosed) {
      throw new BrokerUnavailableError({ broker: KIND }, `${this.#path}: it is closed.`, {
        retryable: false,
        hint: "Do not close the broker before its last call.",
      });
    }
    this.#connection ??= SharedConnection.join(this.#path, this);
    return this.#connection;
  }

  async #named<T>(call: (connection: SharedConnection) => Promise<T>): Promise<T> {
    try {
      const connection = this.#usable();
      if (!connection.hasDriver) await connection.loadDriver();
      return await call(connection);
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

/** SQLite takes the change only between transactions, and when the statement is compiled: it cannot be a prepared one. */
function waitForDisk(opened: Opened, synchronous: Synchronous): void {
  if (opened.synchronous === synchronous) return;
  opened.connection.exec(`PRAGMA synchronous = ${synchronous}`);
  opened.synchronous = synchronous;
}
