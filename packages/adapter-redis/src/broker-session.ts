import type { Capabilities } from "@jobs/core/broker";
import type { ConnectionOptions } from "./connection/connection-options.ts";
import type { RedisLink } from "./connection/redis-link.ts";

/** What the queues and consumers of one broker share. */
export interface BrokerSession {
  /** For everything that does not wait for messages. */
  readonly link: RedisLink;
  /** For further connections: those that wait. */
  readonly connection: ConnectionOptions;
  /** The beginning of all keys, without the queue. */
  readonly prefix: string;
  readonly capabilities: Capabilities;
  /** How many finished jobs are kept. */
  readonly keepFinished: number;
  /** How often expired leases are looked for, in ms. */
  readonly sweepMs: number;
  /** Aborts when the broker closes. */
  readonly closed: AbortSignal;
}

/** The beginning of the keys of a queue. */
export function queuePrefix({ prefix }: BrokerSession, queue: string): string {
  return `${prefix}:${queue}:`;
}
