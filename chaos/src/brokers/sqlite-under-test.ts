import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import { loadDriver } from "@jobs/adapter-sqlite/driver";
import type { BrokerUnderTest } from "./broker-under-test.ts";

/** One file for all processes of a run. */
export const sqliteUnderTest: BrokerUnderTest = {
  traits: { locksAll: true },
  prepare: async (folder) => ({ address: join(folder, "jobs.db"), [Symbol.asyncDispose]: async () => {} }),
  open: (file) => sqlite({ file }),
  async inspect(file) {
    // The same driver: a second copy of SQLite in this process would take the broker's file locks away.
    const database = new (loadDriver())(file);
    try {
      const { messages } = database.prepare("SELECT count(*) AS messages FROM messages").get() as {
        messages: number;
      };
      const check = database.prepare("PRAGMA integrity_check").get() as { integrity_check: string };
      return { messages, isSound: check.integrity_check === "ok" };
    } finally {
      database.close();
    }
  },
};
