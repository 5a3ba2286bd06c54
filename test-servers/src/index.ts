export { BlackHole } from "./black-hole.ts";
export { findCelery, hasCelery } from "./celery/find-celery.ts";
export { dieOnce } from "./die-once.ts";
export { findChromium, hasChromium } from "./find-chromium.ts";
export { findPython, type PythonNeed } from "./find-python.ts";
export { freePort } from "./free-port.ts";
export { openSqlite, type ProgramDatabase } from "./open-sqlite.ts";
export { hasPostgres, type PostgresNeed } from "./postgres/find-postgres.ts";
export { hasPgBouncer, type PgBouncer, type PgBouncerOptions, startPgBouncer } from "./postgres/pgbouncer.ts";
export { type PostgresPair, startPostgresPair } from "./postgres/postgres-pair.ts";
export {
  type PostgresServer,
  type PostgresServerOptions,
  startPostgresServer,
} from "./postgres/postgres-server.ts";
export { findPrometheus, hasPrometheus } from "./prometheus/find-prometheus.ts";
export { type PrometheusServer, startPrometheus } from "./prometheus/prometheus-server.ts";
export { askRedis } from "./redis/ask-redis.ts";
export { hasRedis, type RedisNeed } from "./redis/find-redis.ts";
export { clusterIdOf, type RedisCluster, startRedisCluster } from "./redis/redis-cluster.ts";
export { type RedisSentinel, startRedisSentinel } from "./redis/redis-sentinel.ts";
export { type RedisServer, type RedisServerOptions, startRedisServer } from "./redis/redis-server.ts";
export { hasSmallDisk, onSmallDisk } from "./small-disk.ts";
export type { FaultAim, PlayedFault, SqsFault } from "./sqs/faults/fault.ts";
export { REFUSALS } from "./sqs/faults/fault-refusals.ts";
export { askSqs } from "./sqs/protocol/ask-sqs.ts";
export type { SqsCall } from "./sqs/protocol/sqs-call.ts";
export type { ProvisionedQueue, QueueSpec } from "./sqs/provision-queue.ts";
export type { RequestCounts } from "./sqs/request-counts.ts";
export { type SqsEndpoint, type SqsEndpointOptions, startSqsEndpoint } from "./sqs/sqs-endpoint.ts";
