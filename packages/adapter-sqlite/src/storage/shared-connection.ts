import { BrokerUnavailableError } from "@jobs/core";
import type { Connection, SqlValue, Statement } from "../driver/connection.ts";
import { loadDriver } from "../driver/sqlite-driver.ts";
import { closeUntouched, isMissing, type LostFile, logOf, OpenedFiles } from "./database-files.ts";
import { LockQueue } from "./lock-queue.ts";
import { LogSync } from "./log-sync.ts";
import { assertCreatable, openConnection, openEmpty, type Synchronous } from "./open-connection.ts";
import { ReserveFile } from "./reserve-file.ts";
import { WakeUps } from "./wake-ups.ts";

/** The kind of this broker and its stores, as errors and URLs name it. */
export const KIND = "sqlite";

const UNUSABLE = "Start this process again; never delete files of a database that is in use.";

/** A change that is committed with the next write of this process to the file. */
export interface PendingWrite {
  write(sql: Sql): void;
  /** Called when it is committed. */
  arrived(): void;
}

/** An open connection and its state. */
export interface Opened {
  readonly connection: Connection;
  readonly sql: Sql;
  /** What SQLite waits for in commits now. */
  synchronous: Synchronous;
  /** Waits for the disk after commits; SQLite has to where it is missing. */
  readonly log: LogSync | undefined;
  /** The files that it was opened on. */
  readonly files: OpenedFiles;
}

const inUse = new Map<string, SharedConnection>();

/**
 * The only connection of this process to a file. All users share it, since a commit makes every other connection read
 * its pages again. The first call opens it; it closes when the last member leaves.
 */
export class SharedConnection {
  /** Joins the connection to that absolute path. */
  static join(path: string, member: object): SharedConnection {
    const shared = inUse.get(path) ?? new SharedConnection(path);
    inUse.set(path, shared);
    shared.#members.add(member);
    return shared;
  }

  readonly writes = new LockQueue();
  readonly reads = new LockQueue();
  readonly reserveFile: ReserveFile;
  readonly wakeUps: WakeUps = new WakeUps(this);
  /** Ids of jobs with leases of this process; some leases may have ended. */
  readonly leased = new Set<string>();
  #pendingWrites: PendingWrite[] = [];
  readonly #path: string;
  readonly #members = new Set<object>();
  #opened: Opened | undefined;
  /** An empty database, which is read while there is no file. */
  #empty: Connection | undefined;
  /** This process has old files open that it cannot close. */
  #isUnusable = false;

  private constructor(path: string) {
    this.#path = path;
    this.reserveFile = new ReserveFile(path);
  }

  /** Closes the connection when the last member has left. Idempotent. */
  leave(member: object): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    if (this.#opened !== undefined) this.#emptyLog();
    this.#disconnect();
    if (inUse.get(this.#path) === this) inUse.delete(this.#path);
  }

  /** The write-ahead log, which every commit is written to first. */
  get logPath(): string {
    return logOf(this.#path);
  }

  /** A number that changes whenever another connection has written; `undefined` while it cannot be asked. */
  dataVersion(): number | undefined {
    if (this.#opened === undefined) return undefined;
    try {
      return this.open().sql.get<{ readonly data_version: number }>("PRAGMA data_version")?.data_version;
    } catch {
      return undefined;
    }
  }

  /** Adds `pending` to the next write. It is dropped when the last member leaves before. */
  join(pending: PendingWrite): void {
    this.#pendingWrites.push(pending);
  }

  /** Runs `work` as one transaction, after the pending writes. */
  transact<T>({ connection, sql }: Opened, work: (sql: Sql) => T): T {
    sql.run("BEGIN IMMEDIATE");
    try {
      for (const pending of this.#pendingWrites) pending.write(sql);
      const result = work(sql);
      sql.run("COMMIT");
      for (const pending of this.#pendingWrites.splice(0)) pending.arrived();
      return result;
    } catch (error) {
      connection.rollback();
      throw error;
    }
  }

  /** The open connection. @throws BrokerUnavailableError when one of its files is not the one that was opened. */
  open(): Opened {
    if (this.#isUnusable)
      throw new BrokerUnavailableError({ broker: KIND }, `${this.#path} lost its log while in use.`, {
        hint: UNUSABLE,
      });
    this.#opened ??= this.#connect();
    const lost = this.#opened.files.findLost();
    if (lost === undefined) return this.#opened;
    throw this.#lose(lost);
  }

  /** Whether there is no file, and none was opened. */
  get isMissing(): boolean {
    return this.#opened === undefined && isMissing(this.#path);
  }

  /**
   * The open connection. Without a file, a connection to an empty database in memory, since reading must not make a
   * file.
   */
  openToRead(): Pick<Opened, "sql"> {
    if (!this.isMissing) return this.open();
    assertCreatable(this.#path);
    this.#empty ??= openEmpty(loadDriver());
    return { sql: new Sql(this.#empty) };
  }

  /** Gives up a connection whose files were replaced, without damage to the new files. */
  #lose({ path, isSafeToClose }: LostFile): BrokerUnavailableError {
    if (isSafeToClose) this.#disconnect();
    else this.#abandon();
    return new BrokerUnavailableError({ broker: KIND }, `${path} was deleted or replaced while in use.`, {
      hint: this.#isUnusable
        ? UNUSABLE
        : "The next call opens what is there now; stop all users before a file is moved or deleted.",
    });
  }

  /** Others use new files, so this connection must not write its old log into the database. */
  #abandon(): void {
    const connection = this.#opened?.connection;
    if (connection === undefined) return;
    this.#opened?.log?.close();
    if (connection.abandon === undefined) closeUntouched(this.#path, () => connection.close());
    else {
      connection.abandon();
      this.#isUnusable = true;
    }
    this.#opened = undefined;
  }

  #connect(): Opened {
    const connection = openConnection(loadDriver(), this.#path);
    const files = new OpenedFiles(this.#path);
    const log = LogSync.open(this.#path, files);
    return { connection, sql: new Sql(connection), synchronous: "full", log, files };
  }

  #disconnect(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.log?.close();
    opened?.connection.close();
    this.#empty?.close();
    this.#empty = undefined;
  }

  /** Moves the log into the file, so that the file is complete even while others have it open. */
  #emptyLog(): void {
    try {
      this.open().connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The disk is full or the files are gone: the log keeps its content.
    }
  }
}

/**
 * Statements of one connection, each prepared once. The caller names the type of the rows. This is safe since the
 * tables are STRICT.
 */
export class Sql {
  readonly #connection: Pick<Connection, "prepare">;
  readonly #prepared = new Map<string, Statement>();

  constructor(connection: Pick<Connection, "prepare">) {
    this.#connection = connection;
  }

  /** Returns how many rows it changed. */
  run(text: string, ...values: SqlValue[]): number {
    return Number(this.#statement(text).run(...withoutNul(values)).changes);
  }

  /** Inserts `count` rows, numbered up to `last` without a gap. Without rows `last` means nothing. */
  insert(text: string, ...values: SqlValue[]): { readonly count: number; readonly last: number } {
    const { changes, lastInsertRowid } = this.#statement(text).run(...withoutNul(values));
    return { count: Number(changes), last: Number(lastInsertRowid) };
  }

  get<Row>(text: string, ...values: SqlValue[]): Row | undefined {
    return this.#statement(text).get(...withoutNul(values)) as Row | undefined;
  }

  all<Row>(text: string, ...values: SqlValue[]): Row[] {
    return this.#statement(text).all(...withoutNul(values)) as Row[];
  }

  #statement(text: string): Statement {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}

/** Each driver ends a text with NUL elsewhere, so that character becomes U+FFFD. Bodies with it are refused before. */
function withoutNul(values: SqlValue[]): SqlValue[] {
  // A loop, since every statement passes here.
  for (const value of values) if (hasNul(value)) return values.map(replaceNul);
  return values;
}

function replaceNul(value: SqlValue): SqlValue {
  return hasNul(value) ? value.replaceAll("\0", "\ufffd") : value;
}

function hasNul(value: SqlValue): value is string {
  return typeof value === "string" && value.includes("\0");
}
