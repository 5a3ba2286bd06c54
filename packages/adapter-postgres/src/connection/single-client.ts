import { systemClock } from "@jobs/core/runtime";
import type { Client } from "pg";
import { type ConnectionSettings, loadDriver, withoutSession } from "./connection-options.ts";
import { chooseServer, endClient } from "./open-pool.ts";
import { postgresFault } from "./postgres-fault.ts";

/**
 * Runs some statements on a connection of their own, which it closes. `queryMs` is the time limit of each. A
 * transaction that is left open is undone. @throws as the calls of a store do
 */
export async function withClient<T>(
  { servers, address }: ConnectionSettings,
  queryMs: number,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const driver = await loadDriver();
  const startedAt = systemClock.monotonic();
  let client: Client | undefined;
  try {
    // A pooler refuses settings of the session when a connection opens.
    const server = withoutSession(await chooseServer(servers));
    client = new driver.Client({ ...server, query_timeout: queryMs });
    // The running call gets the error.
    client.on("error", () => {});
    await client.connect();
    return await work(client);
  } catch (error) {
    throw postgresFault(error, {
      role: "schema",
      address,
      waitedMs: systemClock.monotonic() - startedAt,
    });
  } finally {
    if (client !== undefined) void endClient(client);
  }
}
