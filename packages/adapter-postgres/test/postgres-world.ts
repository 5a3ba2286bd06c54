import type { Broker, HistoryStore, ResultStore } from "@jobs/core/broker";
import { startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import {
  type PostgresOptions,
  type PostgresResultsOptions,
  postgres,
  postgresHistory,
  postgresResults,
} from "../src/index.ts";
import { listeningKey } from "../src/schema/function-text.ts";
import { tableNames } from "../src/schema/table-names.ts";

/** A schema on a server, for one test. */
export class PostgresWorld implements AsyncDisposable {
  static #worlds = 0;
  readonly url: string;
  readonly schema = `test_${process.pid}_${++PostgresWorld.#worlds}`;
  readonly #stores: { close(): Promise<void> }[] = [];

  constructor(url: string) {
    this.url = url;
  }

  open(options: PostgresResultsOptions = {}): ResultStore {
    const store = postgresResults({ url: this.url, schema: this.schema, ...options });
    this.#stores.push(store);
    return store;
  }

  /** A broker on the same schema. */
  broker(options: PostgresOptions = {}): Broker {
    const broker = postgres({ url: this.url, schema: this.schema, ...options });
    this.#stores.push(broker);
    return broker;
  }

  /** A history in the same schema. */
  history(): HistoryStore {
    const history = postgresHistory({ url: this.url, schema: this.schema });
    this.#stores.push(history);
    return history;
  }

  /** The rows of one or more statements, run by the server's owner, as arrays. */
  ask(sql: string): Promise<readonly unknown[][]> {
    return askPostgres(this.url, sql);
  }

  /** The server's processes of those connections by which receives of this schema are notified. */
  listeners(): Promise<readonly unknown[][]> {
    const key = listeningKey(tableNames(this.schema));
    return this.ask(`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted
      AND classid::bigint = ${key}::bigint & 4294967295`);
  }

  /** Those of all connections that were made for it, by what each did last. */
  notified(): Promise<readonly unknown[][]> {
    return this.ask(`SELECT pid FROM pg_stat_activity WHERE query LIKE '%${this.schema}%'
      AND (query LIKE 'LISTEN%' OR query LIKE '%pg_advisory_lock_shared%') AND pid <> pg_backend_pid()`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    await this.ask(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`);
  }
}

/** The rows of a statement, as arrays. */
export async function askPostgres(url: string, sql: string): Promise<readonly unknown[][]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: "array" });
    return rows;
  } finally {
    await client.end();
  }
}

/** A server for a test file, where one can run. */
export async function sharedServer(
  isAvailable: boolean,
): Promise<{ readonly url: string; end(): Promise<void> }> {
  const server = isAvailable ? await startPostgresServer() : undefined;
  return { url: server?.url ?? "", end: async () => server?.[Symbol.asyncDispose]() };
}
