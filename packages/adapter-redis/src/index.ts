export { adapter } from "./adapter.ts";
export { bullmqCapabilities, redisCapabilities } from "./capabilities.ts";
export type { ConnectionOptions } from "./connection/connection-options.ts";
export { redis } from "./redis.ts";
export type { RedisOptions } from "./redis-options.ts";
export { type RedisResultsOptions, redisResults } from "./results/redis-results.ts";
