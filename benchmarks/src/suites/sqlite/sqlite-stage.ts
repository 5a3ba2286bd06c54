import { statSync } from "node:fs";
import { join } from "node:path";
import type { SqliteDriver } from "@jobs/adapter-sqlite";
import type { ContenderKind, MeasuredBroker, Stage } from "../../contenders/contender.ts";
import { jobsContender } from "../../contenders/jobs-contender.ts";
import { noteVersion } from "../../harness/versions.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";
import { plainjobAsItComes, plainjobFull } from "./plainjob-contender.ts";

/** Ours with results kept, by a driver: `undefined` for that of its default. */
export function sqliteBy(name: string, driver?: SqliteDriver): ContenderKind {
  return jobsContender(name, [], async (file) => {
    const { sqlite, sqliteResults } = await import("@jobs/adapter-sqlite");
    return { broker: sqlite({ file, ...(driver && { driver }) }), results: sqliteResults({ file }) };
  });
}

export const sqliteJobs = sqliteBy("jobs");

/** One new file each. It has no processes of its own. */
export const sqliteStage: Stage = {
  title: "SQLite",
  hasSize: true,
  kinds: [sqliteJobs, plainjobAsItComes, plainjobFull],
  busyJobs: ({ isBatched }) => (isBatched ? 100_000 : 20_000),
  start: async () => {
    const connection = new (await driver())(":memory:");
    const version = connection.prepare("SELECT sqlite_version() AS version").get() as { version: string };
    connection.close();
    noteVersion("SQLite", version.version);
    return measuredFile(databaseFile());
  },
};

function measuredFile(target: string): MeasuredBroker {
  return {
    target,
    cpuMs: () => 0,
    async usedBytes() {
      const connection = new (await driver())(target);
      // What was written last stands in a log beside the file, and older versions of its pages with it.
      connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      connection.close();
      return statSync(target).size;
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function driver() {
  const { loadDriver } = await import("@jobs/adapter-sqlite/driver");
  return loadDriver();
}

/** A path for the database of one run. */
export function databaseFile(): string {
  return join(temporaryFolder(), "jobs.db");
}
