import { type Broker, validateBroker } from "@jobs/core/broker";
import { createSharedAbort } from "@jobs/core/runtime";
import type { BrokerSession } from "./broker-session.ts";
import { BullmqConsumer } from "./bullmq/bullmq-consumer.ts";
import { BullmqQueue } from "./bullmq/bullmq-queue.ts";
import type { LoadedBullmq } from "./bullmq/load-bullmq.ts";
import { bullmqCapabilities, redisCapabilities } from "./capabilities.ts";
import { KIND } from "./connection/redis-fault.ts";
import { RedisLink } from "./connection/redis-link.ts";
import { redisCoordination } from "./coordination/redis-coordination.ts";
import { newerVersion } from "./queue/check-keys.ts";
import { RedisQueue } from "./queue/redis-queue.ts";
import { RedisConsumer } from "./receive/redis-consumer.ts";
import { type RedisOptions, withDefaults } from "./redis-options.ts";
import { sessionOpener } from "./session-opener.ts";

/**
 * The broker of `redis()` with the package of BullMQ that `loadBullmq` brings, so that tests run it on several versions.
 * @throws ConfigError for options that cannot be used.
 */
export function createRedisBroker(options: RedisOptions, loadBullmq: () => Promise<LoadedBullmq>): Broker {
  const { engine, keepFinished, maxMessageBytes, onWarning, prefix, sweepMs } = withDefaults(options);
  const closing = createSharedAbort();
  const outdatedOn = new Set<string>();
  const link = new RedisLink(options);
  const session: BrokerSession = {
    link,
    connection: options,
    prefix,
    capabilities: redisCapabilities(maxMessageBytes, sweepMs, keepFinished),
    keepFinished,
    sweepMs,
    codecQueues: new Set(Object.keys(options.codecs ?? {})),
    celeryQueues: new Map(Object.entries(options.celeryQueues ?? {})),
    intakeLists: new Map(Object.entries(options.intakeLists ?? {})),
    checkVersion(version, queue) {
      const warning = newerVersion(version, queue);
      if (warning === undefined || outdatedOn.has(queue)) return;
      outdatedOn.add(queue);
      onWarning(warning);
    },
    closed: closing.signal,
  };
  const openSession = sessionOpener(session, { engine, onWarning, loadBullmq });

  const capabilitiesOf = engine === "bullmq" ? bullmqCapabilities : redisCapabilities;
  return validateBroker({
    kind: KIND,
    reach: "network",
    limits: capabilitiesOf(maxMessageBytes, sweepMs, keepFinished),
    keepsFinished: keepFinished > 0 || session.codecQueues.size > 0,
    foreignQueues: session.codecQueues,
    coordination: redisCoordination(link, `${prefix}-jobs`),
    async openQueue(name) {
      const bullmq = await openSession(name);
      return bullmq === undefined ? new RedisQueue(session, name) : new BullmqQueue(bullmq, name);
    },
    async openConsumer(name, options) {
      const bullmq = await openSession(name);
      return bullmq === undefined
        ? new RedisConsumer(session, name, options)
        : new BullmqConsumer(bullmq, name, options);
    },
    async close() {
      closing.abort();
      link.close();
    },
  });
}
