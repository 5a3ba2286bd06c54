import { type OptionRules, optionRules, optionsCheck, required } from "@jobs/core/runtime";
import type { ClusterOptions, RedisOptions } from "ioredis";

const { boolean, either, func, leftOut, number, object, port, text, textOrEmpty, timerMs, whole } =
  optionRules;

const OURS = leftOut("the broker sets it, so that no call waits without an end");
const UNUSED = leftOut("nothing here uses it");
const KEY_PREFIX = leftOut("name the beginning of all keys by prefix, beside connection");
const PRIMARY_ONLY = leftOut("jobs live on the primary");

/** A text or `null`, as a user or password from the environment may be. */
const optionalText = either(textOrEmpty, { expected: "null", accepts: (value) => value === null });

function isNonEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Options for a single server, for Sentinels and for the nodes of a cluster. */
const SHARED = {
  // How the connection is made.
  family: number,
  tls: either(object, text),
  noDelay: boolean,
  keepAlive: timerMs(),
  disconnectTimeout: timerMs(),
  connectionName: optionalText,
  disableClientInfo: boolean,
  clientInfoTag: text,
  username: optionalText,
  password: optionalText,
  protocol: whole(2, 3),
  maxLoadingRetryTime: timerMs(),
  Connector: func,
  showFriendlyErrorStack: boolean,
  // The Sentinels and their answers.
  sentinels: { expected: "a list of at least one Sentinel", accepts: isNonEmptyList },
  name: text,
  role: { expected: '"master": jobs live on the primary', accepts: (value: unknown) => value === "master" },
  sentinelUsername: optionalText,
  sentinelPassword: optionalText,
  sentinelRetryStrategy: func,
  sentinelReconnectStrategy: func,
  sentinelCommandTimeout: timerMs(1),
  enableTLSForSentinelMode: boolean,
  sentinelTLS: object,
  natMap: either(object, func),
  updateSentinels: boolean,
  sentinelMaxConnections: whole(1),
  failoverDetector: boolean,
  // Options that would change how jobs are stored, waited for or answered.
  keyPrefix: KEY_PREFIX,
  retryStrategy: OURS,
  commandTimeout: OURS,
  blockingTimeout: OURS,
  blockingTimeoutGrace: OURS,
  socketTimeout: OURS,
  connectTimeout: OURS,
  autoResendUnfulfilledCommands: OURS,
  maxRetriesPerRequest: OURS,
  enableOfflineQueue: OURS,
  enableReadyCheck: OURS,
  lazyConnect: OURS,
  reconnectOnError: OURS,
  enableAutoPipelining: OURS,
  readOnly: PRIMARY_ONLY,
  preferredSlaves: PRIMARY_ONLY,
  stringNumbers: UNUSED,
  replyMapping: UNUSED,
  autoPipeliningIgnoredCommands: UNUSED,
  autoResubscribe: UNUSED,
  monitor: UNUSED,
  offlineQueue: UNUSED,
  commandQueue: UNUSED,
  scripts: UNUSED,
  himportFieldsets: UNUSED,
} as const;

/**
 * Whether each option of ioredis is passed on or refused. A new option of ioredis does not compile until it is in this
 * list.
 */
export const DRIVER_RULES: OptionRules<RedisOptions> = {
  ...SHARED,
  host: text,
  port: port(),
  path: text,
  db: whole(0),
};

const ONE_DATABASE = leftOut("a cluster has no databases but 0; set keys apart by prefix");
const BY_NODES = leftOut("name the nodes of the cluster by nodes");

const NODE_RULES: OptionRules<RedisOptions> = {
  ...DRIVER_RULES,
  host: BY_NODES,
  port: BY_NODES,
  path: BY_NODES,
  sentinels: BY_NODES,
  db: ONE_DATABASE,
};

/** Rules for the options of a cluster. */
export const CLUSTER_RULES: OptionRules<ClusterOptions> = {
  maxRedirections: whole(0),
  retryDelayOnFailover: timerMs(),
  retryDelayOnClusterDown: timerMs(),
  retryDelayOnTryAgain: timerMs(),
  retryDelayOnMoved: timerMs(),
  slotsRefreshTimeout: timerMs(1),
  slotsRefreshInterval: timerMs(),
  redisOptions: optionRules.nested(optionsCheck<RedisOptions>(NODE_RULES)),
  useSRVRecords: boolean,
  resolveSrv: func,
  dnsLookup: func,
  natMap: either(object, func),
  showFriendlyErrorStack: boolean,
  scaleReads: { expected: '"master": jobs live on the primaries', accepts: (value) => value === "master" },
  keyPrefix: KEY_PREFIX,
  clusterRetryStrategy: OURS,
  clusterNodeRetryStrategy: OURS,
  enableOfflineQueue: OURS,
  enableReadyCheck: OURS,
  lazyConnect: OURS,
  enableAutoPipelining: OURS,
  autoPipeliningIgnoredCommands: UNUSED,
  shardedSubscribers: UNUSED,
  scripts: UNUSED,
  himportFieldsets: UNUSED,
};

/** A first node of a cluster. Only its address: other options would apply to this node alone. */
export const clusterNodes = required({
  expected:
    'a list of at least one "host:port" or { host, port }; users, passwords and TLS belong to options.redisOptions',
  accepts: (value) => isNonEmptyList(value) && (value as readonly unknown[]).every(isNode),
});

function isNode(node: unknown): boolean {
  if (typeof node === "string") return /^(?:redis:\/\/)?[^/?#@\s]+\/?$/.test(node);
  if (typeof node !== "object" || node === null) return whole(1, 65_535).accepts(node);
  return Object.keys(node).every((name) => name === "host" || name === "port");
}
