import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrokerHarness, virtualTime } from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/testing";
import { openSqlite } from "@jobs/test-servers";
import { DEFAULT_MAX_MESSAGE_BYTES, sqliteCapabilities } from "../src/capabilities.ts";
import { loadDriver } from "../src/driver/sqlite-driver.ts";
import { sqlite } from "../src/index.ts";

/** A new file on a virtual clock. `normal` is faster, since tests need no protection from a power cut. */
export async function createSqliteHarness(): Promise<BrokerHarness> {
  const clock = createVirtualClock();
  const directory = mkdtempSync(join(tmpdir(), "jobs-sqlite-"));
  const file = join(directory, "jobs.db");
  const connect = loadDriver();
  const opened: { close(): void }[] = [];

  function query(sql: string, ...values: string[]): readonly unknown[] {
    const connection = new connect(file);
    try {
      return connection.prepare(sql).all(...values);
    } finally {
      connection.close();
    }
  }

  return {
    capabilities: sqliteCapabilities(DEFAULT_MAX_MESSAGE_BYTES),
    time: virtualTime(clock),
    openBroker: () => sqlite({ file, clock, synchronous: "normal" }),
    createQueue: (suffix) => `test-${suffix}`,
    leftovers: () =>
      [
        ...query("SELECT 'message ' || id AS name FROM messages"),
        ...query(
          "SELECT 'count of ' || name AS name FROM queues WHERE ready <> 0 OR delayed <> 0 OR leased <> 0 OR dead <> 0",
        ),
      ].map((row) => (row as { readonly name: string }).name),
    corrupt(queue, messageId) {
      query(
        "UPDATE messages SET body = CAST(x'ff00fe' AS TEXT) WHERE id = ? AND queue = (SELECT id FROM queues WHERE name = ?) RETURNING id",
        messageId,
        queue,
      );
    },
    begin() {
      const connection = openSqlite(file);
      opened.push(connection);
      connection.exec("BEGIN IMMEDIATE");
      return {
        handle: connection,
        commit: () => connection.exec("COMMIT"),
        rollback: () => connection.exec("ROLLBACK"),
      };
    },
    dispose() {
      for (const connection of opened) connection.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
