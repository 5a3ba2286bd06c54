import { statSync } from "node:fs";
import { BrokerUnavailableError } from "@jobs/core";
import { type Connect, type Connection, loadDriver } from "../driver/sqlite-driver.ts";
import { Ballast } from "./ballast.ts";
import { LockLine } from "./lock-line.ts";
import { openConnection, type Synchronous } from "./open-connection.ts";
import { Sql } from "./sql.ts";
import { WakeUps } from "./wake-ups.ts";

/** The name of this store in errors and capabilities. */
export const KIND = "sqlite";

/** A change that waits for the next write of this process to the file, and is committed with it. */
export interface Passenger {
  write(sql: Sql): void;
  /** The file has it. */
  arrived(): void;
}

/** An open connection and what is known of it. */
export interface Opened {
  readonly connection: Connection;
  readonly sql: Sql;
  /** What commits wait for now. */
  synchronous: Synchronous;
  /** Device and inode of the file it was opened on. */
  readonly identity: string;
}

const inUse = new Map<string, SharedConnection>();

/**
 * This process's one connection to a file, shared by all that use the file: each commit of one connection makes every
 * other one read its pages again. It is opened with the first call and closed when the last member leaves.
 */
export class SharedConnection {
  /** Joins the connection to that absolute path. */
  static join(path: string, member: object): SharedConnection {
    const shared = inUse.get(path) ?? new SharedConnection(path);
    inUse.set(path, shared);
    shared.#members.add(member);
    return shared;
  }

  readonly writes = new LockLine();
  readonly reads = new LockLine();
  readonly ballast: Ballast;
  readonly wakeUps: WakeUps = new WakeUps(this);
  /** Ids of the jobs that this process holds leases on; some of them may be over. */
  readonly leased = new Set<string>();
  #passengers: Passenger[] = [];
  readonly #path: string;
  readonly #members = new Set<object>();
  #driver: Connect | undefined;
  #opened: Opened | undefined;

  private constructor(path: string) {
    this.#path = path;
    this.ballast = new Ballast(path);
  }

  /** Idempotent. */
  leave(member: object): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#disconnect();
    if (inUse.get(this.#path) === this) inUse.delete(this.#path);
  }

  /** The write-ahead log, which every commit is written to first. */
  get logPath(): string {
    return `${this.#path}-wal`;
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

  /** Lets `passenger` travel with the next write. It is dropped when the last member leaves before. */
  board(passenger: Passenger): void {
    this.#passengers.push(passenger);
  }

  /** Runs `work` as one transaction, behind those who wait for it. */
  transact<T>({ connection, sql }: Opened, work: (sql: Sql) => T): T {
    sql.run("BEGIN IMMEDIATE");
    try {
      for (const passenger of this.#passengers) passenger.write(sql);
      const result = work(sql);
      sql.run("COMMIT");
      for (const passenger of this.#passengers.splice(0)) passenger.arrived();
      return result;
    } catch (error) {
      if (connection.isTransaction) sql.run("ROLLBACK");
      throw error;
    }
  }

  get hasDriver(): boolean {
    return this.#driver !== undefined;
  }

  /** Comes before the first {@link open}. */
  async loadDriver(): Promise<void> {
    this.#driver ??= await loadDriver();
  }

  /** The open connection. @throws BrokerUnavailableError, once, when the file is no longer the one that was opened. */
  open(): Opened {
    this.#opened ??= this.#connect();
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

  #connect(): Opened {
    if (this.#driver === undefined) throw new Error("a read or write loads the driver first");
    const connection = openConnection(this.#driver, this.#path);
    return { connection, sql: new Sql(connection), synchronous: "full", identity: identify(this.#path) };
  }

  #disconnect(): void {
    this.#opened?.connection.close();
    this.#opened = undefined;
  }
}

function identify(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "missing" : `${stats.dev}:${stats.ino}`;
}
