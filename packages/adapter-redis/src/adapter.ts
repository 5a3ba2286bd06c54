import type { AdapterDescriptor } from "@jobs/core/broker";
import { redisCapabilities } from "./capabilities.ts";
import { KIND } from "./connection/redis-fault.ts";
import { type RedisOptions, redis } from "./redis.ts";
import { type RedisResultsOptions, redisResults } from "./results/redis-results.ts";

/** Describes this package for programs that work with every adapter. The factories check their options. */
export const adapter: AdapterDescriptor = {
  kind: KIND,
  schemes: [KIND, "rediss"],
  reach: "network",
  limits: redisCapabilities(),
  readUrl: (url) => ({ url }),
  createBroker: ({ options, warn }) => redis({ onWarning: warn, ...(options as RedisOptions) }),
  createResults: ({ options }) => redisResults(options as RedisResultsOptions),
};
