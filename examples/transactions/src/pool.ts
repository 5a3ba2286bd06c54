import { Pool, type PoolConfig } from "pg";

// #region pool
/** A connection that is cut is replaced. Without these listeners the first one that is cut ends the process. */
export function openPool(config: PoolConfig, onError: (error: Error) => void): Pool {
  const pool = new Pool(config);
  pool.on("connect", (client) => client.on("error", onError));
  // For a connection that nobody uses, the pool has an event of its own. The listener above has told it.
  pool.on("error", () => undefined);
  return pool;
}
// #endregion
