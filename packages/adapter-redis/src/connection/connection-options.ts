import { ConfigError } from "@jobs/core";
import { CALL_TIMEOUT_MS } from "@jobs/core/broker";
import {
  installCommand,
  isError,
  type OptionRules,
  optionRules,
  optionsCheck,
  systemClock,
} from "@jobs/core/runtime";
import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions } from "ioredis";
import { CLUSTER_RULES, clusterNodes, DRIVER_RULES } from "./driver-options.ts";

/** The client of one connection. */
export type RedisClient = Redis | Cluster;

/** The Redis to connect to. Default `redis://127.0.0.1:6379`. */
export interface ConnectionOptions {
  /** `redis://user:password@host:port/db`, or `rediss://` for TLS. */
  readonly url?: string;
  /**
   * Options of ioredis that a URL cannot express: TLS certificates, Sentinels, a socket. The URL has priority. Options
   * that would change how jobs are stored or waited for are refused.
   */
  readonly connection?: RedisOptions;
  /** The first nodes of a Redis Cluster and ioredis' options for it. Excludes the other two. */
  readonly cluster?: { readonly nodes: readonly ClusterNode[]; readonly options?: ClusterOptions };
}

/** Rules for options of every factory of this package. */
export const CONNECTION_RULES: OptionRules<ConnectionOptions> = {
  url: optionRules.text,
  connection: optionRules.nested(optionsCheck<RedisOptions>(DRIVER_RULES)),
  cluster: optionRules.nested(
    optionsCheck<NonNullable<ConnectionOptions["cluster"]>>({
      nodes: clusterNodes,
      options: optionRules.nested(optionsCheck<ClusterOptions>(CLUSTER_RULES)),
    }),
  ),
};

/** After this time without an answer a connection counts as dead, in ms: lost packets cause no error. */
export const SILENCE_MS = CALL_TIMEOUT_MS - 500;

/** The longest wait of a command in Redis: its answer must arrive before the connection counts as dead. */
export const LONGEST_WAIT_MS = SILENCE_MS - 1_500;

/** The time after which a connection that is made but not ready is asked why, in ms. */
const SLOW_MS = 500;

/** The longest pause before a reconnect, in ms. */
const MAX_PAUSE_MS = 1_000;

/** Options of every connection, which the user cannot change. */
const RULES = {
  lazyConnect: true,
  // A command that cannot be sent is refused: a queue in memory would grow without limit.
  enableOfflineQueue: false,
  // A command without an answer fails with its connection: core decides what may be repeated.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: SILENCE_MS,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_PAUSE_MS),
  // A demoted primary stays a replica, so a new connection must find the new primary.
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
} satisfies RedisOptions;

/** ioredis types a client by its mapping of replies; replies of scripts are the same in both. */
type LegacyReplies = Omit<RedisOptions, "replyMapping">;

/**
 * Makes a client that is not connected yet. The first one loads the driver.
 * @throws ConfigError when ioredis is not installed, or refuses its options.
 */
export async function createClient(options: ConnectionOptions, name?: string): Promise<RedisClient> {
  const driver = await loadDriver();
  try {
    const client = newClient(driver, options, name);
    // The nodes of a cluster have connections of their own.
    if (client instanceof driver.Redis)
      client.on("connect", () => systemClock.schedule(SLOW_MS, () => void emitLoading(client)));
    return client;
  } catch (error) {
    const reason = isError(error) ? error.message : "it does not say why";
    throw new ConfigError(`redis: ioredis refuses its options: ${reason}`, {
      hint: "Check url, connection and cluster.",
      cause: error,
    });
  }
}

/**
 * Emits an error where the server still loads its data. ioredis asks again and says nothing, so callers would only know
 * that no answer came.
 */
async function emitLoading(client: Redis): Promise<void> {
  if (client.status !== "connect") return;
  const info = await client.info("persistence").catch(() => "");
  if (!/^loading:1/m.test(info) || client.status !== "connect") return;
  const error = new Error("LOADING Redis is loading the dataset in memory");
  client.emit("error", Object.assign(error, { name: "ReplyError" }));
}

function newClient(
  { Cluster, Redis }: Driver,
  options: ConnectionOptions,
  connectionName: string | undefined,
): RedisClient {
  const named = connectionName === undefined ? undefined : { connectionName };
  if (options.cluster !== undefined) {
    const { nodes, options: clusterOptions = {} } = options.cluster;
    const { lazyConnect, enableOfflineQueue, retryStrategy, ...redisRules } = RULES;
    return new Cluster([...nodes], {
      ...clusterOptions,
      lazyConnect,
      enableOfflineQueue,
      clusterRetryStrategy: retryStrategy,
      // Without it, the driver would make a cut call again, which may be done already.
      clusterNodeRetryStrategy: retryStrategy,
      redisOptions: Object.assign({}, named, clusterOptions.redisOptions as LegacyReplies, redisRules),
    });
  }
  const settings = Object.assign({}, named, options.connection as LegacyReplies, RULES);
  return options.url === undefined ? new Redis(settings) : new Redis(options.url, settings);
}

/** The server as errors name it: `host:port/db`, the path of a socket, Sentinels or nodes. Never a password. */
export function addressOf({ url, connection = {}, cluster }: ConnectionOptions): string {
  if (cluster !== undefined) return `the cluster of ${cluster.nodes.map(nodeAddress).join(", ")}`;
  const parsed = url === undefined ? undefined : new URL(url);
  const database = parsed?.pathname.slice(1) || (connection.db ?? 0);
  const { sentinels, name, path } = connection;
  if (sentinels != null && sentinels.length > 0)
    return `the primary "${name ?? ""}" of the Sentinels ${sentinels.map(nodeAddress).join(", ")}, database ${database}`;
  if (parsed === undefined && path != null) return `${path}, database ${database}`;
  const host = parsed?.hostname || connection.host || "127.0.0.1";
  return `${host}:${parsed?.port || (connection.port ?? 6379)}/${database}`;
}

function nodeAddress(node: ClusterNode): string {
  if (typeof node === "string") return node.replace(/^redis:\/\/|\/$/g, "");
  const { host = "127.0.0.1", port = 6379 } = typeof node === "number" ? { port: node } : node;
  return `${host}:${port}`;
}

/** @throws ConfigError for a cluster together with a single server, or for a URL that is not Redis's. */
export function checkConnectionOptions({ url, connection, cluster }: ConnectionOptions): void {
  if (cluster !== undefined && (url !== undefined || connection !== undefined)) {
    throw new ConfigError("redis: cluster excludes url and connection.", {
      hint: "Write user, password and TLS of its nodes into cluster.options.redisOptions.",
    });
  }
  if (url !== undefined) checkUrl(url);
}

/** The driver parses URLs in its own way: parts that it would misread or ignore are refused. */
function checkUrl(url: string): void {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) throw refusedUrl("is not one of Redis");
  const { hash, password, pathname, searchParams, username } = new URL(url);
  if (hash !== "") throw refusedUrl("has a # in it", "In a password write %23 for it.");
  const path = pathname.slice(1);
  if (!/^\d*$/.test(path)) {
    throw refusedUrl(
      `names the database "${path}", which is no number`,
      "Write redis://host:port/0, or leave it out.",
    );
  }
  for (const name of searchParams.keys()) {
    if (name === "family") continue;
    throw refusedUrl(`has the parameter "${name}"`, "Write it into connection, as ioredis has it.");
  }
  try {
    decodeURIComponent(username + password);
  } catch {
    throw refusedUrl("has a % in user or password that stands for nothing", "Write %25 for it.");
  }
}

function refusedUrl(
  what: string,
  hint = "Write redis://user:password@host:port/db, or rediss:// for TLS.",
): ConfigError {
  return new ConfigError(`redis: the url ${what}.`, { hint });
}

type Driver = Pick<typeof import("ioredis"), "Cluster" | "Redis">;

async function loadDriver(): Promise<Driver> {
  try {
    return await import("ioredis");
  } catch (error) {
    throw new ConfigError("the redis broker needs the package ioredis, which cannot be loaded.", {
      hint: `Install it beside @jobs/adapter-redis: ${installCommand("ioredis")}`,
      cause: error,
    });
  }
}
