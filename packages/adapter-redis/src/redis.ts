import type { Broker } from "@jobs/core/broker";
import { loadBullmq } from "./bullmq/load-bullmq.ts";
import { createRedisBroker } from "./create-broker.ts";
import type { RedisOptions } from "./redis-options.ts";

/**
 * A broker on Redis 6.2 or newer, in the key layout of BullMQ 6. BullMQ's queues, workers and dashboards see the same
 * jobs. The first queue opens the connection.
 * @throws ConfigError for options that cannot be used.
 */
export function redis(options: RedisOptions = {}): Broker {
  return createRedisBroker(options, loadBullmq);
}
