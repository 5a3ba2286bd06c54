import type { Capabilities } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { LeaseClock } from "./receive/lease-clock.ts";
import type { SqliteFile } from "./storage/sqlite-file.ts";

/** Shared by the queues and consumers of one broker. */
export interface BrokerSession {
  readonly file: SqliteFile;
  readonly clock: Clock;
  readonly leaseClock: LeaseClock;
  readonly capabilities: Capabilities;
  /** Aborts when the broker closes. */
  readonly closed: AbortSignal;
}
