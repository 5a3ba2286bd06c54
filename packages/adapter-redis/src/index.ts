export { adapter } from "./adapter.ts";
export { bullmqCapabilities, redisCapabilities } from "./capabilities.ts";
export type { ConnectionOptions } from "./connection/connection-options.ts";
export { type RedisHistoryOptions, redisHistory } from "./history/redis-history.ts";
export { redis } from "./redis.ts";
export type { RedisOptions } from "./redis-options.ts";
export { type RedisResultsOptions, redisResults } from "./results/redis-results.ts";
