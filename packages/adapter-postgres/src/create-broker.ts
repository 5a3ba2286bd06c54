import type { Broker } from "@jobs/core/broker";
import { type Clock, createSharedAbort } from "@jobs/core/runtime";
import type { BrokerSession } from "./broker-session.ts";
import { DEFAULT_MAX_MESSAGE_BYTES, postgresCapabilities } from "./capabilities.ts";
import { readTransactionId } from "./connection/caller-transaction.ts";
import { connectionSettings } from "./connection/connection-options.ts";
import { Notifications } from "./connection/notifications.ts";
import { KIND } from "./connection/postgres-fault.ts";
import { PostgresLink } from "./connection/postgres-link.ts";
import { postgresCoordination } from "./coordination/postgres-coordination.ts";
import type { PostgresOptions } from "./postgres-options.ts";
import { CountFolder } from "./queue/count-folder.ts";
import { PostgresQueue } from "./queue/postgres-queue.ts";
import { queueStatements } from "./queue/queue-statements.ts";
import { PostgresConsumer } from "./receive/postgres-consumer.ts";
import { ReadyRange } from "./receive/ready-range.ts";
import { prepareTables } from "./schema/migrate.ts";
import { postgresSchema } from "./schema/postgres-schema.ts";
import { tableNames } from "./schema/table-names.ts";

/**
 * The broker without the checks that core makes for it. `clock` measures waits and leases of this process; due times
 * are those of the server. Tests set both.
 */
export function createPostgresBroker(options: PostgresOptions, clock: Clock): Broker {
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES, migrate } = options;
  const settings = connectionSettings(options);
  const tables = tableNames(settings.schema);
  const closing = createSharedAbort();
  const ranges = new Map<string, ReadyRange>();
  const link = new PostgresLink(settings, undefined, (pool) => prepareTables(pool, settings, migrate));
  const statements = queueStatements(tables);
  const session: BrokerSession = {
    clock,
    link,
    statements,
    countFolder: new CountFolder(link, statements.fold, ranges),
    notifications: new Notifications(link, tables, clock),
    capabilities: postgresCapabilities(maxMessageBytes),
    rangeOf(queue) {
      const known = ranges.get(queue) ?? new ReadyRange(clock);
      ranges.set(queue, known);
      return known;
    },
    closed: closing.signal,
  };
  return {
    kind: KIND,
    reach: "network",
    limits: session.capabilities,
    schema: postgresSchema(options),
    coordination: postgresCoordination(link, tables),
    async openQueue(name) {
      // Connects now, so that an error does not wait for the first job.
      await link.ready();
      return new PostgresQueue(session, name);
    },
    async openConsumer(name, consumer) {
      const { rows } = await link.query<OpenedQueue>(statements.open, [name]);
      const opened = rows[0];
      session.rangeOf(name).startFrom((opened?.lows ?? []).map(Number), Number(opened?.looked_at ?? 0));
      return new PostgresConsumer(session, { name, id: opened?.id ?? 0 }, consumer);
    },
    transactionId: readTransactionId,
    async close() {
      closing.abort();
      session.notifications.close();
      await link.close();
    },
  };
}

interface OpenedQueue {
  readonly id: number;
  /** Where a process has looked last; `null` where none has. */
  readonly lows: readonly string[] | null;
  readonly looked_at: string | null;
}
