import { once } from "node:events";
import { endOf, keepAliveClock } from "@jobs/core/runtime";
import type { Client, Pool, PoolClient, PoolConfig } from "pg";
import { type ConnectionSettings, loadDriver, withoutSession } from "./connection-options.ts";
import { isRefusedParameter, isStatementFault, readOnlyError } from "./postgres-fault.ts";

/** Connections to the one server that is used. */
export interface OpenedPool {
  readonly pool: Pool;
  /** The server, for a connection beside the pool. */
  readonly server: PoolConfig;
  /** Whether a connection stays one session of the server. Behind a pooler it does not. */
  readonly keepsSession: boolean;
  /** Lets running calls end, then closes all connections, also silent ones. */
  end(): Promise<void>;
}

/** How long the server may take to close a connection, in ms. A silent one would keep the process alive. */
const END_MS = 1_000;

/**
 * Connects to the server that takes writes, and finds out whether a pooler is in front of it: its connections then have
 * another process id than the server's. @throws what the driver throws
 */
export async function openPool({ servers, pooler, answerMs }: ConnectionSettings): Promise<OpenedPool> {
  const server = await chooseServer(servers);
  if (pooler !== undefined) return createPool(server, answerMs);
  const opened = await createPool(server, answerMs);
  try {
    const keepsSession = await hasOwnSession(opened.pool);
    return { ...opened, keepsSession };
  } catch (error) {
    void opened.end();
    if (!isRefusedParameter(error)) throw error;
    return createPool(withoutSession(server), answerMs);
  }
}

async function createPool(server: PoolConfig, answerMs: number): Promise<OpenedPool> {
  const { Pool } = await loadDriver();
  const pool = new Pool(server);
  const clients = new Set<PoolClient>();
  // A restart of the server ends connections: without listeners that would end the process.
  // The pool listens only to idle ones. A call on a busy one fails by itself.
  pool.on("error", () => {});
  pool.on("connect", (client) => {
    clients.add(client.on("error", () => {}).once("end", () => clients.delete(client)));
  });
  return {
    pool,
    server,
    keepsSession: false,
    async end() {
      // No call takes longer.
      await endOf(keepAliveClock, answerMs, pool.end());
      const closed = [...clients].map((client) => once(client, "end"));
      await endOf(keepAliveClock, END_MS, Promise.all(closed));
      for (const client of clients) client.connection.stream.destroy();
    },
  };
}

/** Ends a connection, also one that is silent. */
export async function endClient(client: Client): Promise<void> {
  await endOf(keepAliveClock, END_MS, client.end());
  client.connection.stream.destroy();
}

async function hasOwnSession(pool: Pool): Promise<boolean> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ readonly pid: number }>("SELECT pg_backend_pid() AS pid");
    client.release();
    return "processID" in client && client.processID === rows[0]?.pid;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * The first server that answers and takes writes. All are asked at once: one that is gone may be silent.
 * @throws what the server says that is most likely the right one
 */
export async function chooseServer(servers: readonly PoolConfig[]): Promise<PoolConfig> {
  const [only, ...more] = servers;
  if (only !== undefined && more.length === 0) return only;
  try {
    return await Promise.any(servers.map(takingWrites));
  } catch (error) {
    const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    throw errors.find(isStatementFault) ?? errors[0];
  }
}

/** @throws the driver's error, or one of SQLSTATE 25006 for a server that takes no writes */
async function takingWrites(server: PoolConfig): Promise<PoolConfig> {
  const { Client } = await loadDriver();
  const client = new Client(withoutSession(server));
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ readonly refuses: boolean }>(
      "SELECT current_setting('transaction_read_only')::boolean AS refuses",
    );
    if (rows[0]?.refuses) throw readOnlyError();
    return server;
  } finally {
    void endClient(client);
  }
}
