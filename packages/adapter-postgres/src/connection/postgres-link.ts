import { BrokerUnavailableError } from "@jobs/core";
import { endOf, keepAliveClock, systemClock, withDeadline } from "@jobs/core/runtime";
import type { ClientBase, Pool, QueryConfig, QueryResult, QueryResultRow } from "pg";
import { addressOf, answerMs, type ConnectionOptions, loadDriver, poolConfig } from "./connection-options.ts";
import { isSilence, isStatementFault, isUndone, KIND, postgresFault } from "./postgres-fault.ts";

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

/** How often a call is made again that the server has undone, since two calls waited for each other. */
const MOST_TRIES = 4;

/** How long a close waits for running statements, in ms: none takes longer. */
const CLOSE_MS = 5_000;

/**
 * A few connections to Postgres. They open on use, reconnect by themselves, and every wait has a limit. The first
 * statement waits for `prepare`; after a failure the next statement tries it again.
 */
export class PostgresLink {
  readonly #options: ConnectionOptions;
  readonly #role: string | undefined;
  readonly #prepare: (pool: Pool) => Promise<void>;
  readonly #answerMs: number;
  #pool: Promise<Pool> | undefined;
  #prepared: Promise<void> | undefined;
  #isClosed = false;

  /** Opens no connection yet. @throws ConfigError for options that name no server. */
  constructor(options: ConnectionOptions, role: string | undefined, prepare: (pool: Pool) => Promise<void>) {
    this.#role = role;
    this.#answerMs = answerMs(options);
    this.#options = options;
    this.#prepare = prepare;
  }

  /** Server and database, for errors. */
  get address(): string {
    return addressOf(this.#options);
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
    const run = () => this.#limited((client) => client.query<Row>(this.#config(statement, values)), call);
    for (let tries = 1; ; tries++) {
      try {
        return await run();
      } catch (error) {
        if (tries === MOST_TRIES || !isUndone(error)) throw error;
      }
    }
  }

  /**
   * Runs several statements as one transaction. It is undone where one of them or `work` fails.
   * @throws as {@link query} does
   */
  transact<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    // A failed call ends its connection, which undoes the transaction, also when the server is silent.
    return this.#limited(async (client) => {
      await client.query("BEGIN");
      const answer = await work((statement, values) => client.query(this.#config(statement, values)));
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
    const pool = this.#pool;
    this.#pool = undefined;
    if (pool !== undefined) await endOf(keepAliveClock, CLOSE_MS, end(pool));
  }

  /** A statement has a name where its connection stays the same. Then the server reads and plans it once. */
  #config({ name, text }: Statement, values: readonly unknown[]): QueryConfig {
    return this.#options.pooler ? { text, values: [...values] } : { name, text, values: [...values] };
  }

  async #limited<T>(
    call: (client: ClientBase) => Promise<T>,
    { timeoutMs = this.#answerMs, isSend = false }: LinkCall,
  ): Promise<T> {
    this.#refuseWhenClosed();
    const startedAt = systemClock.monotonic();
    const progress = { isAsked: false };
    try {
      const answer = this.#ask(call, progress);
      return await withDeadline(keepAliveClock, timeoutMs, answer, () => new Error("no answer in time"));
    } catch (error) {
      throw postgresFault(error, {
        role: this.#role,
        address: this.address,
        waitedMs: systemClock.monotonic() - startedAt,
        maybeSent: isSend && progress.isAsked,
      });
    }
  }

  async #ask<T>(call: (client: ClientBase) => Promise<T>, progress: { isAsked: boolean }): Promise<T> {
    const pool = this.#connected();
    this.#prepared ??= pool.then(this.#prepare).catch((error) => {
      this.#prepared = undefined;
      if (isSilence(error)) this.#retire(pool);
      throw error;
    });
    await this.#prepared;
    this.#refuseWhenClosed();
    const client = await (await pool).connect();
    try {
      progress.isAsked = true;
      const answer = await call(client);
      client.release();
      return answer;
    } catch (error) {
      client.release(!isStatementFault(error));
      if (isSilence(error)) this.#retire(pool);
      throw error;
    }
  }

  #connected(): Promise<Pool> {
    this.#pool ??= this.#create();
    return this.#pool;
  }

  async #create(): Promise<Pool> {
    const { Pool } = await loadDriver();
    const pool = new Pool(poolConfig(this.#options));
    // A restart of the server ends connections: without listeners that would end the process.
    // The pool listens only to idle ones. A call on a busy one fails by itself.
    pool.on("error", () => {});
    pool.on("connect", (client) => client.on("error", () => {}));
    return pool;
  }

  /** The other connections are silent too, so the next call gets a new pool. */
  #retire(silent: Promise<Pool>): void {
    if (this.#pool !== silent) return;
    this.#pool = undefined;
    void end(silent);
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return;
    throw new BrokerUnavailableError({ broker: KIND, role: this.#role }, "it is closed.", {
      retryable: false,
      hint: `Do not close the ${this.#role ?? "broker"} before its last call.`,
    });
  }
}

async function end(pool: Promise<Pool>): Promise<void> {
  await pool.then((opened) => opened.end()).catch(() => {});
}
