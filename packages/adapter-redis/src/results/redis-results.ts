import { type ResultStore, readResult } from "@jobs/core/broker";
import { optionRules, optionsCheck } from "@jobs/core/runtime";
import {
  CONNECTION_RULES,
  type ConnectionOptions,
  checkConnectionOptions,
} from "../connection/connection-options.ts";
import { KIND } from "../connection/redis-fault.ts";
import { RedisLink } from "../connection/redis-link.ts";
import { redisCoordination } from "../coordination/redis-coordination.ts";
import { defineScript } from "../scripts/script.ts";

/**
 * KEYS[1] a result's key. ARGV: status, text, ms to keep it ('' for ever), time of the enqueue ('' if unknown). A kept
 * success stays until another job with its id ends: a second run must not change it.
 */
const KEEP_RESULT = defineScript(`
local kept = redis.call('HMGET', KEYS[1], 'status', 'enqueuedAt')
if kept[1] == 'succeeded' and kept[2] == ARGV[4] then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'result', ARGV[2], 'enqueuedAt', ARGV[4])
if ARGV[3] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
`);

/** Options of {@link redisResults}. */
export interface RedisResultsOptions extends ConnectionOptions {
  /** The prefix of all keys. Default `jobs`; no key of a queue begins with it. */
  readonly prefix?: string;
}

const checkOptions = optionsCheck<RedisResultsOptions>({ ...CONNECTION_RULES, prefix: optionRules.text });

/**
 * Keeps results in Redis, which removes each one when its time is over.
 * @throws ConfigError for options that cannot be used.
 */
export function redisResults(options: RedisResultsOptions = {}): ResultStore {
  checkOptions(options, "redisResults()");
  checkConnectionOptions(options);
  const link = new RedisLink(options, { role: "results store" });
  const { prefix = "jobs" } = options;
  const keyOf = (id: string) => `${prefix}:result:${id}`;
  return {
    kind: KIND,
    reach: "network",
    coordination: redisCoordination(link, prefix),
    async put(result, ttlMs) {
      const ttl = ttlMs === Number.POSITIVE_INFINITY ? "" : Math.min(Math.ceil(ttlMs), 1e14);
      await link.script(KEEP_RESULT, { keys: [keyOf(result.id)] }, [
        result.status,
        JSON.stringify(result),
        ttl,
        result.enqueuedAt ?? "",
      ]);
    },
    async get(id) {
      const text = await link.call({ run: (client) => client.hget(keyOf(id), "result") });
      return text === null ? undefined : readResult(id, text);
    },
    async prune() {
      return 0;
    },
    async close() {
      link.close();
    },
  };
}
