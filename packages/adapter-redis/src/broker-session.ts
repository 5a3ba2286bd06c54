import type { Capabilities } from "@jobs/core/broker";
import type { ConnectionOptions } from "./connection/connection-options.ts";
import type { RedisLink } from "./connection/redis-link.ts";

/**
 * Which scripts move the jobs of a queue: those of this adapter, or BullMQ's own. It is declared in a file that
 * imports no types of BullMQ, because a program without BullMQ does not have them.
 */
export type Engine = "jobs" | "bullmq";

/** Shared by the queues and consumers of one broker. */
export interface BrokerSession {
  /** The connection for all calls that do not wait for messages. */
  readonly link: RedisLink;
  /** Options for the connections that wait for messages. */
  readonly connection: ConnectionOptions;
  /** The prefix of all keys, without the queue. */
  readonly prefix: string;
  readonly capabilities: Capabilities;
  /** How many finished jobs are kept, see `RedisOptions`. */
  readonly keepFinished: number;
  /** How often expired leases are searched, in ms. */
  readonly sweepMs: number;
  /** Queues with plain jobs of BullMQ. */
  readonly codecQueues: ReadonlySet<string>;
  /** Celery's queues by the queues that take their messages. */
  readonly celeryQueues: ReadonlyMap<string, string>;
  /** Lists of envelopes by the queues that take their messages. */
  readonly intakeLists: ReadonlyMap<string, string>;
  /** Warns once for each queue on which a newer BullMQ works than the one these scripts were checked with. */
  checkVersion(version: string, queue: string): void;
  /** Aborts when the broker closes. */
  readonly closed: AbortSignal;
}

/** The prefix of the keys of a queue. */
export function queuePrefix({ prefix }: BrokerSession, queue: string): string {
  return `${prefix}:${queue}:`;
}
