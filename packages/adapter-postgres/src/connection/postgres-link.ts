import { BrokerUnavailableError } from "@jobs/core";
import { endOf, keepAliveClock, systemClock, withDeadline } from "@jobs/core/runtime";
import type { Pool, QueryResult, QueryResultRow } from "pg";
import { addressOf, answerMs, type ConnectionOptions, loadDriver, poolConfig } from "./connection-options.ts";
import { isSilence, KIND, postgresFault } from "./postgres-fault.ts";

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

/** How long a close waits for running statements, in ms: none takes longer. */
const CLOSE_MS = 5_000;

/**
 * A few connections to Postgres. They open on use, reconnect by themselves, and every wait has a limit. The first
 * statement waits for `prepare`; after a failure the next statement tries it again.
 */
export class PostgresLink {
  readonly #options: ConnectionOptions;
  readonly #role: string;
  readonly #prepare: () => Promise<void>;
  readonly #answerMs: number;
  #pool: Promise<Pool> | undefined;
  #prepared: Promise<void> | undefined;
  #isClosed = false;

  /** Opens no connection yet. @throws ConfigError for options that name no server. */
  constructor(options: ConnectionOptions, role: string, prepare: () => Promise<void>) {
    this.#role = role;
    this.#answerMs = answerMs(options);
    this.#options = options;
    this.#prepare = prepare;
  }

  /**
   * The rows of a statement.
   * @throws BrokerUnavailableError without an answer in time · AccessDeniedError · ConfigError
   */
  async query<Row extends QueryResultRow>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    return this.#limited((pool) => pool.query<Row>({ ...statement, values: [...values] }));
  }

  /**
   * Runs several statements as one transaction. It is undone where one of them or `work` fails.
   * @throws as {@link query} does
   */
  transact<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    return this.#limited(async (pool) => {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const answer = await work((statement, values) => client.query({ ...statement, values: [...values] }));
        await client.query("COMMIT");
        client.release();
        return answer;
      } catch (error) {
        // The end of its connection undoes the transaction, also when the server is silent.
        client.release(true);
        throw error;
      }
    });
  }

  /** Refuses later calls and waits for running ones. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const pool = this.#pool;
    this.#pool = undefined;
    if (pool !== undefined) await endOf(keepAliveClock, CLOSE_MS, end(pool));
  }

  async #limited<T>(call: (pool: Pool) => Promise<T>): Promise<T> {
    this.#refuseWhenClosed();
    const startedAt = systemClock.monotonic();
    try {
      const answer = this.#ask(call);
      return await withDeadline(keepAliveClock, this.#answerMs, answer, () => new Error("no answer in time"));
    } catch (error) {
      throw postgresFault(error, {
        role: this.#role,
        address: addressOf(this.#options),
        waitedMs: systemClock.monotonic() - startedAt,
      });
    }
  }

  async #ask<T>(call: (pool: Pool) => Promise<T>): Promise<T> {
    this.#prepared ??= this.#prepare().catch((error) => {
      this.#prepared = undefined;
      throw error;
    });
    await this.#prepared;
    this.#refuseWhenClosed();
    const pool = this.#connected();
    try {
      return await call(await pool);
    } catch (error) {
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
    // A restart of the server ends idle connections: without a listener that would end the process.
    pool.on("error", () => {});
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
      hint: `Do not close the ${this.#role} before its last call.`,
    });
  }
}

async function end(pool: Promise<Pool>): Promise<void> {
  await pool.then((opened) => opened.end()).catch(() => {});
}
