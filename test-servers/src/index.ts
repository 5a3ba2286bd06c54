export { hasRedis, type RedisNeed } from "./find-redis.ts";
export { type RedisServer, type RedisServerOptions, startRedisServer } from "./redis-server.ts";
export type { ProvisionedQueue, QueueSpec } from "./sqs/provision-queue.ts";
export type { RequestCounts } from "./sqs/request-counts.ts";
export { type SqsEndpoint, startSqsEndpoint } from "./sqs/sqs-endpoint.ts";
