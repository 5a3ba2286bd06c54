import { ConfigError } from "@jobs/core";
import { type Broker, validateBroker } from "@jobs/core/broker";
import { createSharedAbort, optionsCheck, optionRules as rule } from "@jobs/core/runtime";
import { type BrokerSession, queuePrefix } from "./broker-session.ts";
import { DEFAULT_MAX_MESSAGE_BYTES, DEFAULT_SWEEP_MS, redisCapabilities } from "./capabilities.ts";
import { checkServer, parseInfo } from "./connection/check-server.ts";
import {
  CONNECTION_RULES,
  type ConnectionOptions,
  checkConnectionOptions,
} from "./connection/connection-options.ts";
import { answerCode, KIND } from "./connection/redis-fault.ts";
import { RedisLink } from "./connection/redis-link.ts";
import { redisCoordination } from "./coordination/redis-coordination.ts";
import { assertKeyTypes, assertKnownLayout } from "./layout/check-layout.ts";
import { RedisQueue } from "./queue/redis-queue.ts";
import { RedisConsumer } from "./receive/redis-consumer.ts";
import { CHECK_KEYS } from "./scripts/check-keys.lua.ts";

/** Which Redis, and how the jobs live there. */
export interface RedisOptions extends ConnectionOptions {
  /** The beginning of all keys, as BullMQ has it. Default `bull`; `{bull}` on a cluster, which keeps all queues on one node. */
  readonly prefix?: string;
  /** How many finished jobs each queue keeps for BullMQ's tools to show. Default 0: nothing is left behind. */
  readonly keepFinished?: number;
  /** How often expired leases are looked for, in ms. Default 1,000. */
  readonly sweepMs?: number;
  /** The largest body in bytes of UTF-8. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /** Is told once what is wrong with a server that works: eviction, no append-only file. Default: a process warning. */
  readonly onWarning?: (warning: string) => void;
}

/** What Redis Cluster places a key by, where the key has it. */
const HASH_TAG = /\{[^{}]+\}/;

const checkOptions = optionsCheck<RedisOptions>({
  ...CONNECTION_RULES,
  prefix: rule.text,
  keepFinished: rule.whole(0),
  sweepMs: rule.whole(1),
  maxMessageBytes: rule.whole(1),
  onWarning: rule.func,
});

/**
 * A broker on Redis 6.2 or newer, in the key layout of BullMQ 6: its queues, workers and dashboards read the same jobs.
 * Connects with the first queue.
 * @throws ConfigError for options that cannot be used.
 */
export function redis(options: RedisOptions = {}): Broker {
  checkOptions(options, "redis()");
  const {
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
        hint: `Put it in braces: {${prefix}}. Keys that share what is in braces stay together.`,
      },
    );
  }

  const closing = createSharedAbort();
  const link = new RedisLink(options);
  const session: BrokerSession = {
    link,
    connection: options,
    prefix,
    capabilities: redisCapabilities(maxMessageBytes, sweepMs),
    keepFinished,
    sweepMs,
    closed: closing.signal,
  };
  let isChecked = false;

  /** What is wrong with the server or the queue is said when a queue is opened, not with the first job. */
  async function assertUsable(queue: string): Promise<void> {
    const begin = queuePrefix(session, queue);
    const target = { name: queue, keys: [`${begin}meta`] };
    const [version = "", ...wrong] = (await link.script(CHECK_KEYS, target, [begin])) as readonly string[];
    assertKnownLayout(version, queue);
    assertKeyTypes(wrong, queue);
    if (isChecked) return;
    const warnings = checkServer(parseInfo(await serverInfo(link)));
    if (!isChecked) for (const warning of warnings) onWarning(warning);
    isChecked = true;
  }

  return validateBroker({
    kind: KIND,
    reach: "network",
    coordination: redisCoordination(link, `${prefix}-jobs`),
    async openQueue(name) {
      await assertUsable(name);
      return new RedisQueue(session, name);
    },
    async openConsumer(name, options) {
      await assertUsable(name);
      return new RedisConsumer(session, name, options);
    },
    async close() {
      closing.abort();
      link.close();
    },
  });
}

/** A user without the right to ask is served all the same. */
function serverInfo(link: RedisLink): Promise<string> {
  return link.call({
    run: (client) =>
      client.info().catch((error) => (answerCode(error) === "NOPERM" ? "" : Promise.reject(error))),
  });
}

function warnProcess(warning: string): void {
  process.emitWarning(warning, { type: "JobsWarning", code: "JOBS_REDIS" });
}
