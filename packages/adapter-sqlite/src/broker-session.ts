import { assertOpen, type Capabilities } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { LeaseClock } from "./receive/lease-clock.ts";
import { KIND } from "./storage/shared-connection.ts";
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

/** @throws BrokerUnavailableError once `closed` has aborted. */
export function assertQueueOpen(closed: AbortSignal, queue: string): void {
  assertOpen(closed, { broker: KIND, queue });
}
