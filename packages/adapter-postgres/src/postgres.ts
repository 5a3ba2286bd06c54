import { type Broker, validateBroker } from "@jobs/core/broker";
import { createSharedAbort, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import type { BrokerSession } from "./broker-session.ts";
import { DEFAULT_MAX_MESSAGE_BYTES, postgresCapabilities } from "./capabilities.ts";
import { type ConnectionOptions, STORE_RULES } from "./connection/connection-options.ts";
import { Notifications } from "./connection/notifications.ts";
import { KIND } from "./connection/postgres-fault.ts";
import { PostgresLink } from "./connection/postgres-link.ts";
import { postgresCoordination } from "./coordination/postgres-coordination.ts";
import { PostgresQueue } from "./queue/postgres-queue.ts";
import { queueStatements } from "./queue/queue-statements.ts";
import { PostgresConsumer } from "./receive/postgres-consumer.ts";
import { ReadyRange } from "./receive/ready-range.ts";
import { prepareTables } from "./schema/migrate.ts";
import { tableNames } from "./schema/table-names.ts";

/** Options of {@link postgres}. */
export interface PostgresOptions extends ConnectionOptions {
  /** The schema that holds the tables. Default `jobs`. */
  readonly schema?: string;
  /**
   * Whether missing or old tables are created or updated at the first use. Default true. With `false` such tables are
   * refused: for a role without the right, or when the deployment runs `migrateResults`.
   */
  readonly migrate?: boolean;
  /** The largest body in bytes of UTF-8. Default 1 MiB. */
  readonly maxMessageBytes?: number;
}

const checkOptions = optionsCheck<PostgresOptions>({ ...STORE_RULES, maxMessageBytes: optionRules.whole(1) });

/**
 * A broker in Postgres 13 or newer: durable, for any number of machines, by the clock of the server. Jobs are rows, and
 * each call is one function of the schema. The first queue opens the connection.
 * @throws ConfigError for options that cannot be used.
 */
export function postgres(options: PostgresOptions = {}): Broker {
  checkOptions(options, "postgres()");
  return validateBroker(createPostgresBroker(options));
}

/** The broker without the checks that core makes for it. */
function createPostgresBroker(options: PostgresOptions): Broker {
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, ...store } = options;
  const tables = tableNames(options.schema);
  const closing = createSharedAbort();
  const ranges = new Map<string, ReadyRange>();
  const link = new PostgresLink(options, undefined, (pool) => prepareTables(pool, store));
  const session: BrokerSession = {
    link,
    statements: queueStatements(tables),
    notifications: new Notifications(options, tables),
    capabilities: postgresCapabilities(maxMessageBytes),
    rangeOf(queue) {
      const known = ranges.get(queue) ?? new ReadyRange(systemClock);
      ranges.set(queue, known);
      return known;
    },
    closed: closing.signal,
  };
  return {
    kind: KIND,
    reach: "network",
    limits: session.capabilities,
    coordination: postgresCoordination(link, tables),
    async openQueue(name) {
      // Connects now, so that an error does not wait for the first job.
      await link.ready();
      return new PostgresQueue(session, name);
    },
    async openConsumer(name, consumer) {
      const { rows } = await link.query<{ readonly open_queue: number }>(session.statements.open, [name]);
      return new PostgresConsumer(session, { name, id: rows[0]?.open_queue ?? 0 }, consumer);
    },
    async close() {
      closing.abort();
      session.notifications.close();
      await link.close();
    },
  };
}
