import { BrokerUnavailableError } from "@jobs/core";
import { endOf, keepAliveClock, withDeadline } from "@jobs/core/runtime";
import type { Pool, QueryResult, QueryResultRow } from "pg";
import { answerMs, type ConnectionOptions, loadDriver, poolConfig } from "./connection-options.ts";
import { isSilence, KIND, postgresFault } from "./postgres-fault.ts";

/** A statement that each connection prepares once, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** So long a close waits for statements under way, in ms: none of them takes longer. */
const CLOSE_MS = 5_000;

/**
 * A few connections to Postgres: opened when needed, mended by themselves, and never waited for without end. The first
 * statement waits for `prepare`, which is tried again with the next one when it fails.
 */
export class PostgresLink {
  readonly #options: ConnectionOptions;
  readonly #prepare: () => Promise<void>;
  readonly #answerMs: number;
  #pool: Promise<Pool> | undefined;
  #prepared: Promise<void> | undefined;
  #isClosed = false;

  /** Nothing is opened yet. @throws ConfigError for options that name no server */
  constructor(options: ConnectionOptions, prepare: () => Promise<void>) {
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
    this.#refuseWhenClosed();
    try {
      const answer = this.#ask<Row>(statement, values);
      return await withDeadline(keepAliveClock, this.#answerMs, answer, () => new Error("no answer in time"));
    } catch (error) {
      throw postgresFault(error);
    }
  }

  /** Later calls are refused; those under way may end. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const pool = this.#pool;
    this.#pool = undefined;
    if (pool !== undefined) await endOf(keepAliveClock, CLOSE_MS, end(pool));
  }

  async #ask<Row extends QueryResultRow>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    this.#prepared ??= this.#prepare().catch((error) => {
      this.#prepared = undefined;
      throw error;
    });
    await this.#prepared;
    this.#refuseWhenClosed();
    const pool = this.#connected();
    try {
      return await (await pool).query<Row>({ ...statement, values: [...values] });
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
    // A server that restarts ends idle connections: without a listener that would end the process.
    pool.on("error", () => {});
    return pool;
  }

  /** Its other connections are as silent: the next call gets new ones. */
  #retire(silent: Promise<Pool>): void {
    if (this.#pool !== silent) return;
    this.#pool = undefined;
    void end(silent);
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return;
    throw new BrokerUnavailableError({ broker: KIND }, "it is closed.", {
      retryable: false,
      hint: "Do not close the result store before its last call.",
    });
  }
}

async function end(pool: Promise<Pool>): Promise<void> {
  await pool.then((opened) => opened.end()).catch(() => {});
}
