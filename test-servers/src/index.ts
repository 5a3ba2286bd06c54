export { hasRedis, type RedisNeed } from "./redis/find-redis.ts";
export { type RedisCluster, startRedisCluster } from "./redis/redis-cluster.ts";
export { type RedisSentinel, startRedisSentinel } from "./redis/redis-sentinel.ts";
export { type RedisServer, type RedisServerOptions, startRedisServer } from "./redis/redis-server.ts";
export type { ProvisionedQueue, QueueSpec } from "./sqs/provision-queue.ts";
export type { RequestCounts } from "./sqs/request-counts.ts";
export { type SqsEndpoint, startSqsEndpoint } from "./sqs/sqs-endpoint.ts";
