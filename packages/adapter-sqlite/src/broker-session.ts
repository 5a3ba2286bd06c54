import type { Capabilities } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { LeaseClock } from "./receive/lease-clock.ts";
import type { SqliteFile } from "./storage/sqlite-file.ts";

/** What the queues and consumers of one broker share. */
export interface BrokerSession {
  readonly file: SqliteFile;
  readonly clock: Clock;
  readonly leaseClock: LeaseClock;
  readonly capabilities: Capabilities;
  /** Aborts when the broker closes. */
  readonly closed: AbortSignal;
}
