export { redisCapabilities } from "./capabilities.ts";
export type { ConnectionOptions } from "./connection/connection-options.ts";
export { type RedisOptions, redis } from "./redis.ts";
