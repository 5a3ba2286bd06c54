import type { Capabilities } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { Notifications } from "./connection/notifications.ts";
import type { PostgresLink } from "./connection/postgres-link.ts";
import type { CountFolder } from "./queue/count-folder.ts";
import type { QueueStatements } from "./queue/queue-statements.ts";
import type { ReadyRange } from "./receive/ready-range.ts";

/** Shared by the queues and consumers of one broker. */
export interface BrokerSession {
  readonly clock: Clock;
  readonly link: PostgresLink;
  readonly statements: QueueStatements;
  readonly countFolder: CountFolder;
  readonly notifications: Notifications;
  readonly capabilities: Capabilities;
  /** What this process knows of the ready messages of a queue. */
  rangeOf(queue: string): ReadyRange;
  /** Aborts when the broker closes. */
  readonly closed: AbortSignal;
}
