export { hasRedis, type RedisNeed } from "./find-redis.ts";
export { type RedisServer, type RedisServerOptions, startRedisServer } from "./redis-server.ts";
