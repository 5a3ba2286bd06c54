import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { BrokerUnavailableError, ConfigError } from "@jobs/core";
import { type OptionRule, optionRules, type RequiredRule, required } from "@jobs/core/runtime";
import { chooseDriver, DRIVERS, type SqliteDriver } from "../driver/sqlite-driver.ts";
import type { LockOptions } from "./lock-queue.ts";
import type { LogSync } from "./log-sync.ts";
import type { Synchronous } from "./open-connection.ts";
import { KIND, type Opened, type PendingWrite, SharedConnection, type Sql } from "./shared-connection.ts";
import { describeFault, isFull } from "./sqlite-fault.ts";
import type { WakeUps } from "./wake-ups.ts";

/** The rule for the path of a file; {@link SqliteFile} checks the text. */
export const FILE_RULE: RequiredRule = required({
  ...optionRules.textOrEmpty,
  expected: "the path of a file",
});

/** The rule for `synchronous`. */
export const SYNCHRONOUS_RULE: OptionRule = optionRules.oneOf("full", "normal");

/** The rule for `driver`. */
export const DRIVER_RULE: OptionRule = optionRules.oneOf(...DRIVERS);

/** How a file is used. */
export interface FileOptions {
  readonly synchronous: Synchronous;
  /** Default: the process's. */
  readonly driver?: SqliteDriver | undefined;
}

/** Options of a write. */
export interface WriteOptions extends LockOptions {
  /** Whether it stores something new. Refused on a full disk, so that the last space is for running jobs. */
  readonly isNewWork?: boolean;
  /**
   * Whether a power cut may undo it, since it would only be repeated. Then it does not wait for the disk, the slowest
   * part under load. A power cut that loses an earlier write loses this one too. A killed process loses nothing.
   */
  readonly isRepeatable?: boolean;
  /** Whether it makes no sense without a file. If there is none, it runs on an empty database that is not kept. */
  readonly needsFile?: boolean;
}

/**
 * A database file for one user, on the process's shared connection. Each read and write is one transaction within one
 * turn of the event loop. It waits for a lock of another process without blocking.
 */
export class SqliteFile {
  readonly #path: string;
  readonly #synchronous: Synchronous;
  #connection: SharedConnection | undefined;
  #isClosed = false;

  /**
   * The first read or write opens the file. @throws ConfigError for a path that would not be a file, and for another
   * driver than this process uses.
   */
  constructor(path: string, { synchronous, driver }: FileOptions) {
    assertFilePath(path);
    if (driver !== undefined) chooseDriver(driver);
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

  /**
   * Runs `work` on a consistent view of the file. Without a file it reads an empty database and makes no file.
   * @throws ConfigError when the file cannot be used; BrokerUnavailableError when it cannot be used now.
   */
  read<T>(work: (sql: Sql) => T): Promise<T> {
    return this.#named(({ reads }) => reads.run(() => work(this.#usable().openToRead().sql)));
  }

  /**
   * Runs `work` as one transaction; resolves when it is committed, and is on the disk where it has to be.
   * @throws as `read` does. Then nothing was changed, unless the disk refused the commit (`maybeSent`).
   */
  write<T>(work: (sql: Sql) => T, options: WriteOptions = {}): Promise<T> {
    return this.#named(({ writes }) => writes.run(() => this.#transact(work, options), options));
  }

  /** Adds `pending` to this process's next write to the file; dropped when there is none. */
  join(pending: PendingWrite): void {
    this.#usable().join(pending);
  }

  /** Ids of jobs in this file with leases of this process; some leases may have ended. */
  get leased(): Set<string> {
    return this.#usable().leased;
  }

  /** Notifies of changes to the file. */
  get wakeUps(): WakeUps {
    return (this.#connection ?? this.#usable()).wakeUps;
  }

  /** Refuses later calls and those that wait for a lock. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#connection?.leave(this);
  }

  #transact<T>(work: (sql: Sql) => T, options: WriteOptions): T | Promise<T> {
    const { isNewWork, isRepeatable, needsFile } = options;
    const isAwaited = !isRepeatable && this.#synchronous === "full";
    const connection = this.#usable();
    if (needsFile && connection.isMissing) return work(connection.openToRead().sql);
    try {
      // Opened once, since each call checks the files. Before the reserve file, because it makes the folder.
      const opened = connection.open();
      if (isNewWork) connection.reserveFile.hold(opened.files.settledFolder);
      return commit(connection, opened, work, isAwaited);
    } catch (error) {
      if (isNewWork || !isFull(error) || !connection.reserveFile.release()) throw error;
    }
    const opened = connection.open();
    // Moves the log into the file, so that its space can be used again.
    opened.connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return commit(connection, opened, work, isAwaited);
  }

  /** Checked again after the wait for a lock. */
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
      return await call(this.#usable());
    } catch (error) {
      throw describeFault(error, { kind: KIND, file: this.#path });
    }
  }
}

function assertFilePath(file: string): void {
  const isPath = file !== "" && file !== ":memory:" && !file.startsWith("file:") && !file.includes("\0");
  if (isPath) return;
  throw new ConfigError(`sqlite: ${JSON.stringify(file)} is not the path of a file.`, {
    hint: "Pass a path; for jobs in memory use memory() of @jobs/adapter-memory.",
  });
}

/** Commits, then waits for the disk if the caller has to: without the lock, so that other processes go on. */
function commit<T>(
  connection: SharedConnection,
  opened: Opened,
  work: (sql: Sql) => T,
  isAwaited: boolean,
): T | Promise<T> {
  const { log } = opened;
  if (log?.hasFailed) moveLog(opened, log);
  waitForDisk(opened, isAwaited && log === undefined ? "full" : "normal");
  const result = connection.transact(opened, work);
  if (!isAwaited) {
    log?.flushBehind();
    return result;
  }
  const onDisk = log?.flush();
  return onDisk === undefined ? result : onDisk.then(() => result);
}

/** Makes the log begin anew, since the disk may lack a part of it. */
function moveLog({ sql }: Opened, log: LogSync): void {
  const moved = sql.get<{ readonly busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)");
  if (moved?.busy === 0) return log.forgetFailure();
  throw new BrokerUnavailableError({ broker: KIND }, "the disk refused a part of the log, which is in use.", {
    hint: "Look at the disk; later calls try again.",
  });
}

/** SQLite applies the change only between transactions and when it compiles the statement, so it cannot be prepared. */
function waitForDisk(opened: Opened, synchronous: Synchronous): void {
  if (opened.synchronous === synchronous) return;
  opened.connection.exec(`PRAGMA synchronous = ${synchronous}`);
  opened.synchronous = synchronous;
}

/** File names of a project's configuration, the same as in the command. */
const CONFIG_FILES = ["ts", "mts", "js", "mjs", "json", "yaml", "yml", "toml", "ini"].map(
  (extension) => `jobs.config.${extension}`,
);

/**
 * Resolves a relative path of a database from the folder of the configuration. So a project has one database, wherever
 * its processes start. The configuration is the one in `JOBS_CONFIG`, else the nearest upwards from the working
 * directory, else from the program. Without one, paths start at the working directory.
 */
function resolveInProject(path: string): string {
  return isAbsolute(path) ? path : resolve(projectFolder(), path);
}

function projectFolder(): string {
  const cwd = process.cwd();
  const { JOBS_CONFIG: named } = process.env;
  if (named !== undefined && named !== "") return dirname(resolve(cwd, named));
  const [, program] = process.argv;
  const starts = program === undefined ? [cwd] : [cwd, dirname(resolve(cwd, program))];
  return starts.map(folderUpwards).find((folder) => folder !== undefined) ?? cwd;
}

/** The nearest folder with a configuration. */
function folderUpwards(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (CONFIG_FILES.some((name) => existsSync(join(folder, name)))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
