import { join } from "node:path";
import { loadDriver, type Connection as OurConnection } from "@jobs/adapter-sqlite/driver";
import type { Connection } from "plainjob";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { createCountdown } from "../../load/countdown.ts";
import { rateOf } from "../../load/rate.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";

/** What a commit waits for: plainjob sets `normal`, our default is `full`. */
type Synchronous = "normal" | "full";

const TYPE = "noop";

/**
 * Keeps finished rows, as plainjob does. A plainjob worker runs one job at a time, so there are `concurrency` workers.
 */
export function plainjobConsume(concurrency: number, synchronous: Synchronous): BenchCase {
  return {
    name: `plainjob, consume at ${concurrency}, ${synchronous}`,
    units: { consume: "jobs/s" },
    async run(scale) {
      const { defineQueue, defineWorker } = await import("plainjob");
      const jobs = byScale(scale, 20_000, 2_000);
      const connection = connect(join(temporaryFolder(), "plainjob.db"));
      const queue = defineQueue({ connection, logger: silent });
      connection.exec(`PRAGMA synchronous = ${synchronous}`);
      queue.addMany(
        TYPE,
        Array.from({ length: jobs }, (_, n) => ({ n })),
      );
      const done = createCountdown(jobs);
      const workers = Array.from({ length: concurrency }, () =>
        defineWorker(TYPE, () => done.hit(), { queue, logger: silent }),
      );
      const consume = await rateOf(jobs, () => {
        for (const worker of workers) void worker.start();
        return done.reached;
      });
      return { consume };
    },
  };
}

const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** plainjob expects a connection of better-sqlite3. This adapts our driver, so that both use the same one. */
function connect(filename: string): Connection {
  const database = new (loadDriver())(filename);
  return {
    driver: "better-sqlite3",
    filename,
    pragma: (text: string) => database.exec(`PRAGMA ${text}`),
    exec: (text: string) => database.exec(text),
    prepare: (text: string) => database.prepare(text),
    transaction: (work: Work) => transactionOf(database, work),
    close: () => database.close(),
  } as unknown as Connection;
}

type Work = (...values: unknown[]) => unknown;

/** A transaction with better-sqlite3's interface: called directly, or as `immediate`. */
function transactionOf(database: OurConnection, work: Work): Work & { immediate: Work } {
  const begin =
    (how: "BEGIN" | "BEGIN IMMEDIATE"): Work =>
    (...values) => {
      database.exec(how);
      try {
        const result = work(...values);
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    };
  return Object.assign(begin("BEGIN"), { immediate: begin("BEGIN IMMEDIATE") });
}
