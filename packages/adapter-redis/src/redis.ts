import { ConfigError } from "@jobs/core";
import { type Broker, validateBroker } from "@jobs/core/broker";
import { createSharedAbort, optionsCheck, optionRules as rule } from "@jobs/core/runtime";
import type { BrokerSession, Engine } from "./broker-session.ts";
import { BullmqConsumer } from "./bullmq/bullmq-consumer.ts";
import { BullmqQueue } from "./bullmq/bullmq-queue.ts";
import { type LoadedBullmq, loadBullmq } from "./bullmq/load-bullmq.ts";
import {
  bullmqCapabilities,
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_SWEEP_MS,
  redisCapabilities,
} from "./capabilities.ts";
import {
  CONNECTION_RULES,
  type ConnectionOptions,
  checkConnectionOptions,
} from "./connection/connection-options.ts";
import { KIND } from "./connection/redis-fault.ts";
import { RedisLink } from "./connection/redis-link.ts";
import { redisCoordination } from "./coordination/redis-coordination.ts";
import { newerVersion } from "./queue/check-keys.ts";
import { RedisQueue } from "./queue/redis-queue.ts";
import { RedisConsumer } from "./receive/redis-consumer.ts";
import { sessionOpener } from "./session-opener.ts";

/** Options of {@link redis}. */
export interface RedisOptions extends ConnectionOptions {
  /**
   * Which scripts move the jobs: `jobs`, those of this adapter, or `bullmq`, BullMQ's own. The second needs the package
   * bullmq and is slower. Both work on the same queue at the same time. Default `jobs`; a queue of a major version of
   * BullMQ that `jobs` does not know gets `bullmq`, with a warning.
   */
  readonly engine?: Engine;
  /**
   * Queues that hold plain jobs of BullMQ, `{ mail: "bullmq" }`: name and data are task and parameters, and BullMQ's own
   * scripts run them. Names are complete, prefix included. Default none: the data of a job are its envelope.
   */
  readonly codecs?: Readonly<Record<string, "bullmq">>;
  /**
   * The prefix of all keys, as in BullMQ. Default `bull`; on a cluster `{bull}`, so that all queues are on one node.
   */
  readonly prefix?: string;
  /**
   * How many finished jobs each queue keeps for BullMQ's tools. Default 0; with a codec, the last 1,000 that are sent
   * here.
   */
  readonly keepFinished?: number;
  /** How often expired leases are searched, in ms. Default 1,000. */
  readonly sweepMs?: number;
  /** The largest body in bytes of UTF-8. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /**
   * Queues that also take what Celery's producers send: `{ mail: "celery" }` takes the messages of Celery's queue
   * `celery` into `mail`. Their workers need `codec: "celery"`. Default none.
   */
  readonly celeryQueues?: Readonly<Record<string, string>>;
  /**
   * Called once for each risk: eviction, no append-only file, another BullMQ on a queue. Default: a process warning.
   */
  readonly onWarning?: (warning: string) => void;
}

/** The part of a key that selects the node of a Redis Cluster. */
const HASH_TAG = /\{[^{}]+\}/;

const checkOptions = optionsCheck<RedisOptions>({
  ...CONNECTION_RULES,
  engine: {
    expected: '"jobs" or "bullmq"',
    accepts: (value) => value === "jobs" || value === "bullmq",
  },
  codecs: rule.mapOf('queues with their codec, "bullmq"', rule.oneOf("bullmq")),
  prefix: rule.text,
  keepFinished: rule.whole(0),
  sweepMs: rule.whole(1),
  maxMessageBytes: rule.whole(1),
  celeryQueues: rule.mapOf("queues of Celery", rule.text),
  onWarning: rule.func,
});

/**
 * A broker on Redis 6.2 or newer, in the key layout of BullMQ 6. BullMQ's queues, workers and dashboards see the same
 * jobs. The first queue opens the connection.
 * @throws ConfigError for options that cannot be used.
 */
export function redis(options: RedisOptions = {}): Broker {
  return createRedisBroker(options, loadBullmq);
}

/** {@link redis} with the package of BullMQ that `load` brings, so that tests run it on several versions. */
export function createRedisBroker(options: RedisOptions, load: () => Promise<LoadedBullmq>): Broker {
  checkOptions(options, "redis()");
  const {
    engine = "jobs",
    keepFinished = 0,
    sweepMs = DEFAULT_SWEEP_MS,
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
  } = options;
  const { prefix = options.cluster === undefined ? "bull" : "{bull}", onWarning = warnProcess } = options;
  checkConnectionOptions(options);
  if (options.cluster !== undefined && !HASH_TAG.test(prefix)) {
    throw new ConfigError(
      `redis: the prefix "${prefix}" would spread a queue over the nodes of the cluster.`,
      {
        hint: `Put it in braces: {${prefix}}. Keys with the same text in braces are on one node.`,
      },
    );
  }

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
    checkVersion(version, queue) {
      const warning = newerVersion(version, queue);
      if (warning === undefined || outdatedOn.has(queue)) return;
      outdatedOn.add(queue);
      onWarning(warning);
    },
    closed: closing.signal,
  };
  const openSession = sessionOpener(session, { engine, onWarning, loadBullmq: load });

  const capabilitiesOf = engine === "bullmq" ? bullmqCapabilities : redisCapabilities;
  return validateBroker({
    kind: KIND,
    reach: "network",
    limits: capabilitiesOf(maxMessageBytes, sweepMs, keepFinished),
    keepsFinished: keepFinished > 0 || session.codecQueues.size > 0,
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

function warnProcess(warning: string): void {
  process.emitWarning(warning, { type: "JobsWarning", code: "JOBS_REDIS" });
}
