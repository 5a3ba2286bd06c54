import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTables, sqlite } from "@jobs/adapter-sqlite";
import type { BrokerHarness, TestTime } from "@jobs/broker-conformance";
import type { Broker } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { openSqlite, type ProgramDatabase } from "@jobs/test-servers";
import { createInbox } from "../src/index.ts";

/** A broker that takes no part in transactions, on fresh storage. */
export interface InboxTarget {
  readonly time: TestTime;
  openBroker(): Broker;
  createQueue(suffix: string): string | Promise<string>;
  leftovers(): readonly string[] | Promise<readonly string[]>;
  dispose(): void | Promise<void>;
}

/** The target with an inbox in a new SQLite file. */
export async function createInboxHarness(target: InboxTarget): Promise<BrokerHarness> {
  const folder = mkdtempSync(join(tmpdir(), "jobs-inbox-"));
  const file = join(folder, "shop.db");
  await createTables({ file });
  const opened: ProgramDatabase[] = [];
  const open = () => {
    const connection = openSqlite(file);
    opened.push(connection);
    return connection;
  };
  const looking = open();
  const waiting = looking.prepare(
    "SELECT id FROM messages WHERE queue = (SELECT id FROM queues WHERE name = 'outbox')",
  );
  /** What is committed is at the broker a moment later. */
  const untilSent = async () => {
    while (waiting.all().length > 0) await sleep(keepAliveClock, 5);
  };
  return {
    time: target.time,
    capabilities: { ...(await capabilitiesOf(target)), transactions: true },
    openBroker: () =>
      createInbox({
        broker: target.openBroker(),
        store: sqlite({ file, synchronous: "normal" }),
        takeoverMs: 900,
      }),
    createQueue: (suffix) => target.createQueue(suffix),
    leftovers: () => target.leftovers(),
    corrupt: null,
    sendsAfterCommit: true,
    begin() {
      const connection = open();
      connection.exec("BEGIN IMMEDIATE");
      return {
        handle: connection,
        async commit() {
          connection.exec("COMMIT");
          await untilSent();
        },
        rollback: () => connection.exec("ROLLBACK"),
      };
    },
    async dispose() {
      for (const connection of opened) connection.close();
      rmSync(folder, { recursive: true, force: true });
      await target.dispose();
    },
  };
}

async function capabilitiesOf(target: InboxTarget) {
  const broker = target.openBroker();
  const { capabilities } = await broker.openQueue(await target.createQueue("looked-at"));
  await broker.close();
  return capabilities;
}
