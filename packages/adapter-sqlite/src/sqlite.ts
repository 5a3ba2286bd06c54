import { existsSync } from "node:fs";
import { type Broker, validateBroker } from "@jobs/core/broker";
import {
  type Clock,
  createSharedAbort,
  optionsCheck,
  optionRules as rule,
  systemClock,
} from "@jobs/core/runtime";
import type { BrokerSession } from "./broker-session.ts";
import { DEFAULT_MAX_MESSAGE_BYTES, sqliteCapabilities } from "./capabilities.ts";
import { keepWriteAheadLog, type SqliteDriver } from "./driver/sqlite-driver.ts";
import { SqliteQueue } from "./queue/sqlite-queue.ts";
import { LeaseClock } from "./receive/lease-clock.ts";
import { SqliteConsumer } from "./receive/sqlite-consumer.ts";
import type { Synchronous } from "./storage/open-connection.ts";
import { KIND } from "./storage/shared-connection.ts";
import { sqliteCoordination } from "./storage/sqlite-coordination.ts";
import { DRIVER_RULE, FILE_RULE, SqliteFile, SYNCHRONOUS_RULE } from "./storage/sqlite-file.ts";

/** Options of {@link sqlite}. */
export interface SqliteOptions {
  /**
   * Path of the database on a local disk; the first job or worker creates it. A relative path starts at the folder of
   * the configuration. That is the file in `JOBS_CONFIG`, else the nearest `jobs.config.*`. It is searched upwards
   * from the working directory, then from the program. Without one the path starts at the working directory.
   */
  readonly file: string;
  /**
   * `full` (default): a stored job survives a power cut; jobs finished shortly before may run again.
   * `normal`: it survives kill -9 only, and single sends are faster.
   */
  readonly synchronous?: Synchronous;
  /** The largest body in bytes of UTF-8. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /**
   * Which SQLite this process uses: `node:sqlite` of Node 22.13 and later, or the package `@photostructure/sqlite`.
   * Default: Node's own where it needs no flag, else the package. All brokers and stores of a process use the same.
   */
  readonly driver?: SqliteDriver;
  /** The broker's clock, shared by all processes of the machine. Default: the machine's. */
  readonly clock?: Clock;
}

const checkOptions = optionsCheck<SqliteOptions>({
  file: FILE_RULE,
  synchronous: SYNCHRONOUS_RULE,
  maxMessageBytes: rule.whole(1),
  driver: DRIVER_RULE,
  clock: rule.clock,
});

/**
 * A broker in one SQLite file: durable, safe with kill -9, for any number of processes on one machine. The first
 * queue opens the file.
 * @throws ConfigError when `file` is not the path of a file, `maxMessageBytes` is not a positive whole number, or
 *   `driver` is not the process's.
 */
export function sqlite(options: SqliteOptions): Broker {
  checkOptions(options, "sqlite()");
  return validateBroker(createSqliteBroker(options));
}

const checkTableOptions = optionsCheck<Pick<SqliteOptions, "file" | "driver">>({
  file: FILE_RULE,
  driver: DRIVER_RULE,
});

/**
 * Makes the file and its tables, where they are missing. For a program whose own tables are in the same file, so that
 * a job and its rows are one transaction. Call it first: a file with other tables only is refused.
 * @throws ConfigError when `file` is not the path of a file, or is the database of another program
 */
export async function createTables(options: Pick<SqliteOptions, "file" | "driver">): Promise<void> {
  checkTableOptions(options, "createTables()");
  const opened = new SqliteFile(options.file, { synchronous: "full", driver: options.driver });
  try {
    await opened.create();
  } finally {
    opened.close();
  }
  keepWriteAheadLog(opened.path);
}

/** The broker without the checks that core makes for it. */
function createSqliteBroker(options: SqliteOptions): Broker {
  const {
    file,
    synchronous = "full",
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    driver,
    clock = systemClock,
  } = options;
  const closing = createSharedAbort();
  const opened = new SqliteFile(file, { synchronous, driver });
  const session: BrokerSession = {
    file: opened,
    clock,
    leaseClock: new LeaseClock(clock),
    capabilities: sqliteCapabilities(maxMessageBytes),
    closed: closing.signal,
  };

  function absence(): string | undefined {
    return existsSync(opened.path) ? undefined : `${opened.path} does not exist`;
  }

  return {
    kind: KIND,
    reach: "machine",
    limits: session.capabilities,
    absence,
    coordination: sqliteCoordination(opened, clock),
    async openQueue(name) {
      // Opens the file now, so that an error does not wait for the first job.
      await opened.read(() => undefined);
      return new SqliteQueue(session, name);
    },
    async openConsumer(name, options) {
      await opened.create();
      return new SqliteConsumer(session, name, options);
    },
    async close() {
      closing.abort();
      opened.close();
    },
  };
}
