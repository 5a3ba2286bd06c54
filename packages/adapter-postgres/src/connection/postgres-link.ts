import { BrokerUnavailableError } from "@jobs/core";
import { keepAliveClock, systemClock, withDeadline } from "@jobs/core/runtime";
import type { ClientBase, Pool, QueryConfig, QueryResult, QueryResultRow } from "pg";
import type { ConnectionSettings } from "./connection-options.ts";
import { type OpenedPool, openPool } from "./open-pool.ts";
import {
  isReadOnly,
  isSilence,
  isStaleSession,
  isStatementFault,
  isUndone,
  KIND,
  postgresFault,
} from "./postgres-fault.ts";

/** A statement that each connection prepares once, by its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Runs one statement of a transaction. */
export type Ask = <Row extends QueryResultRow>(
  statement: Statement,
  values: readonly unknown[],
) => Promise<QueryResult<Row>>;

/** How one call is made. */
export interface LinkCall {
  /** Its time limit in ms. Default: that of all calls. */
  readonly timeoutMs?: number;
  /** It stores messages, so that an error says whether they may be stored. */
  readonly isSend?: boolean;
}

/** How often a call is made again of which the server has done nothing: two calls waited for each other, or a new connection works. */
const MOST_TRIES = 4;

/**
 * A few connections to Postgres. They open on use, reconnect by themselves, and every wait has a limit. The first
 * statement waits for `prepare`; after a failure the next statement tries it again.
 */
export class PostgresLink {
  readonly #settings: ConnectionSettings;
  readonly #role: string | undefined;
  readonly #prepare: (pool: Pool) => Promise<void>;
  readonly #leaveListeners: (() => void)[] = [];
  #opened: Promise<OpenedPool> | undefined;
  #prepared: Promise<void> | undefined;
  #isClosed = false;

  /** Opens no connection yet. */
  constructor(
    settings: ConnectionSettings,
    role: string | undefined,
    prepare: (pool: Pool) => Promise<void>,
  ) {
    this.#role = role;
    this.#settings = settings;
    this.#prepare = prepare;
  }

  /** Server and database, for errors. */
  get address(): string {
    return this.#settings.address;
  }

  /** The connections that are used now; opened if there are none. @throws what the driver throws */
  opened(): Promise<OpenedPool> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /** Calls `listener` when the server is left for another, or for new connections to it. */
  onLeave(listener: () => void): void {
    this.#leaveListeners.push(listener);
  }

  /**
   * The rows of a statement.
   * @throws BrokerUnavailableError without an answer in time · AccessDeniedError · ConfigError
   */
  async query<Row extends QueryResultRow>(
    statement: Statement,
    values: readonly unknown[],
    call: LinkCall = {},
  ): Promise<QueryResult<Row>> {
    const run = () => this.#limited((ask) => ask<Row>(statement, values), call);
    for (let tries = 1; ; tries++) {
      try {
        return await run();
      } catch (error) {
        if (tries === MOST_TRIES || !(isUndone(error) || isStaleSession(error))) throw error;
      }
    }
  }

  /**
   * Runs several statements as one transaction. It is undone where one of them or `work` fails.
   * @throws as {@link query} does
   */
  transact<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    // A failed call ends its connection, which undoes the transaction, also when the server is silent.
    return this.#limited(async (ask, client) => {
      await client.query("BEGIN");
      const answer = await work(ask);
      await client.query("COMMIT");
      return answer;
    }, {});
  }

  /** Checks that the server answers and has the tables. @throws as {@link query} does */
  async ready(): Promise<void> {
    await this.#limited(() => Promise.resolve(), {});
  }

  /** Refuses later calls and waits for running ones. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) await end(opened);
  }

  async #limited<T>(
    call: (ask: Ask, client: ClientBase) => Promise<T>,
    { timeoutMs = this.#settings.answerMs, isSend = false }: LinkCall,
  ): Promise<T> {
    this.#refuseWhenClosed();
    const startedAt = systemClock.monotonic();
    const progress = { isAsked: false, isOver: false };
    try {
      const answer = this.#ask(call, progress);
      return await withDeadline(keepAliveClock, timeoutMs, answer, () => new Error("no answer in time"));
    } catch (error) {
      progress.isOver = true;
      throw postgresFault(error, {
        role: this.#role,
        address: this.address,
        waitedMs: systemClock.monotonic() - startedAt,
        maybeSent: isSend && progress.isAsked,
      });
    }
  }

  async #ask<T>(
    call: (ask: Ask, client: ClientBase) => Promise<T>,
    progress: { isAsked: boolean; readonly isOver: boolean },
  ): Promise<T> {
    const opened = this.opened();
    try {
      this.#prepared ??= this.#prepareOnce(opened);
      await this.#prepared;
      this.#refuseWhenClosed();
      const { pool, keepsSession } = await opened;
      const client = await pool.connect();
      // Its caller has been told that nothing was sent, and may have sent it again.
      if (progress.isOver) {
        client.release();
        throw new Error("the time of the call is over");
      }
      try {
        progress.isAsked = true;
        const answer = await call(
          (statement, values) => client.query(queryConfig(statement, values, keepsSession)),
          client,
        );
        client.release();
        return answer;
      } catch (error) {
        client.release(!isStatementFault(error));
        throw error;
      }
    } catch (error) {
      if (this.#mustLeave(error)) this.#leave(opened);
      throw error;
    }
  }

  async #prepareOnce(opened: Promise<OpenedPool>): Promise<void> {
    try {
      await this.#prepare((await opened).pool);
    } catch (error) {
      this.#prepared = undefined;
      throw error;
    }
  }

  async #open(): Promise<OpenedPool> {
    try {
      return await openPool(this.#settings);
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  /**
   * Whether the other connections are of no use either: they are silent or stale too, or their server takes no writes
   * any more. Among several servers, one that refuses connections may have been replaced.
   */
  #mustLeave(error: unknown): boolean {
    if (isSilence(error) || isReadOnly(error) || isStaleSession(error)) return true;
    return this.#settings.servers.length > 1 && !isStatementFault(error);
  }

  /** The next call gets new connections. */
  #leave(left: Promise<OpenedPool>): void {
    if (this.#opened !== left) return;
    this.#opened = undefined;
    void end(left);
    for (const listener of this.#leaveListeners) listener();
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return;
    throw new BrokerUnavailableError({ broker: KIND, role: this.#role }, "it is closed.", {
      retryable: false,
      hint: `Do not close the ${this.#role ?? "broker"} before its last call.`,
    });
  }
}

/** A statement has a name where its connection stays the same. Then the server reads and plans it once. */
function queryConfig(
  { name, text }: Statement,
  values: readonly unknown[],
  keepsSession: boolean,
): QueryConfig {
  return keepsSession ? { name, text, values: [...values] } : { text, values: [...values] };
}

async function end(opened: Promise<OpenedPool>): Promise<void> {
  await opened.then((pool) => pool.end()).catch(() => {});
}
