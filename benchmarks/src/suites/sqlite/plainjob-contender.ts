import type { Connection as OurConnection } from "@jobs/adapter-sqlite/driver";
import type { Connection } from "plainjob";
import { type ContenderKind, dataOf, inThousands } from "../../contenders/contender.ts";
import { createCountdown } from "../../load/countdown.ts";

/** What a commit waits for: plainjob sets `normal`, our default is `full`. */
type Synchronous = "normal" | "full";

const TYPE = "noop";

/**
 * How long it waits for a lock, in ms. better-sqlite3 waits for 5 s. One of two processes with full waits for the disk got no
 * turn for so long, and ended.
 */
const BUSY_MS = 60_000;

/**
 * plainjob through our driver. It keeps finished rows. A worker of it runs one job at a time, so there are as many workers
 * as jobs at once.
 */
function plainjob(name: string, synchronous: Synchronous): ContenderKind {
  return {
    name,
    isBatched: false,
    packages: ["plainjob"],
    async open(file, onRun) {
      const [{ defineQueue, defineWorker }, { loadDriver }] = await Promise.all([
        import("plainjob"),
        import("@jobs/adapter-sqlite/driver"),
      ]);
      const connection = adapt(new (loadDriver())(file), file);
      const queue = defineQueue({ connection, logger: silent });
      connection.exec(`PRAGMA synchronous = ${synchronous}`);
      connection.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      const work = (concurrency: number, onCompleted = () => {}) => {
        for (let n = 0; n < concurrency; n++) {
          const worker = defineWorker(TYPE, async () => void (await onRun()), {
            queue,
            logger: silent,
            onCompleted,
          });
          void worker.start();
        }
      };
      return {
        enqueue: async () => queue.add(TYPE, { n: 1 }),
        enqueueText: async (text) => queue.add(TYPE, { text }),
        fill: (jobs, text) =>
          inThousands(jobs, async (count) =>
            queue.addMany(
              TYPE,
              Array.from({ length: count }, (_, n) => dataOf(n, text)),
            ),
          ),
        consume(jobs, concurrency) {
          const done = createCountdown(jobs);
          work(concurrency, done.hit);
          return done.reached;
        },
        serve: async (concurrency) => work(concurrency),
        close: async () => {},
      };
    },
  };
}

/** As it comes, which loses the last jobs in a power cut. */
export const plainjobAsItComes = plainjob("plainjob", "normal");

/** With the promise that ours makes. */
export const plainjobFull = plainjob("plainjob, full", "full");

const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** plainjob expects a connection of better-sqlite3. This adapts our driver, so that both use the same one. */
function adapt(database: OurConnection, filename: string): Connection {
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
