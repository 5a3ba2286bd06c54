export { adapter } from "./adapter.ts";
export { bullmqCapabilities, redisCapabilities } from "./capabilities.ts";
export type { ConnectionOptions } from "./connection/connection-options.ts";
export { type RedisOptions, redis } from "./redis.ts";
export { type RedisResultsOptions, redisResults } from "./results/redis-results.ts";
