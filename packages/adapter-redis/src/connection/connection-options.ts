import { ConfigError } from "@jobs/core";
import { CALL_TIMEOUT_MS } from "@jobs/core/broker";
import { isError, type OptionRules, optionRules, optionsCheck } from "@jobs/core/runtime";
import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions } from "ioredis";
import { CLUSTER_RULES, clusterNodes, DRIVER_RULES } from "./driver-options.ts";

/** What commands are sent through. */
export type RedisClient = Redis | Cluster;

/** Which Redis; nothing means `redis://127.0.0.1:6379`. */
export interface ConnectionOptions {
  /** `redis://user:password@host:port/db`, or `rediss://` for TLS. */
  readonly url?: string;
  /**
   * ioredis' own options, for all that a URL cannot say: TLS certificates, Sentinels, a socket. What the URL says goes
   * before. Those that would change how jobs are kept or waited for are refused.
   */
  readonly connection?: RedisOptions;
  /** The nodes of a Redis Cluster to begin with, and ioredis' options for it; instead of the other two. */
  readonly cluster?: { readonly nodes: readonly ClusterNode[]; readonly options?: ClusterOptions };
}

/** Rules of what every factory of this package takes. */
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

/** Without an answer for so long a connection counts as dead: nothing else tells of one whose packets vanish. */
export const SILENCE_MS = CALL_TIMEOUT_MS - 500;

/** So long a command may wait in Redis: its answer has to be there well before the connection counts as dead. */
export const LONGEST_WAIT_MS = SILENCE_MS - 1_500;

/** After so long at the most a lost connection is tried again. */
const MAX_PAUSE_MS = 1_000;

/** What holds for every connection, whatever the user has set. */
const RULES = {
  lazyConnect: true,
  // A command that cannot be sent is refused: an unbounded line of them in memory is no queue.
  enableOfflineQueue: false,
  // A command that got no answer is refused with its connection: core knows what may be repeated.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: SILENCE_MS,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_PAUSE_MS),
  // A primary that was demoted stays so: another connection finds the new one.
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
} satisfies RedisOptions;

/** ioredis types a client by how it maps replies; scripts answer the same in both ways. */
type LegacyReplies = Omit<RedisOptions, "replyMapping">;

/** Makes a client that is not connected yet; the driver is loaded with the first. @throws ConfigError when ioredis is not installed, or refuses its options. */
export async function createClient(options: ConnectionOptions): Promise<RedisClient> {
  const driver = await loadDriver();
  try {
    return newClient(driver, options);
  } catch (error) {
    const reason = isError(error) ? error.message : "it does not say why";
    throw new ConfigError(`redis: ioredis refuses its options: ${reason}`, {
      hint: "Look at url, connection and cluster.",
      cause: error,
    });
  }
}

function newClient({ Cluster, Redis }: Driver, options: ConnectionOptions): RedisClient {
  if (options.cluster !== undefined) {
    const { nodes, options: clusterOptions = {} } = options.cluster;
    const { lazyConnect, enableOfflineQueue, retryStrategy, ...redisRules } = RULES;
    return new Cluster([...nodes], {
      ...clusterOptions,
      lazyConnect,
      enableOfflineQueue,
      clusterRetryStrategy: retryStrategy,
      redisOptions: Object.assign({}, clusterOptions.redisOptions as LegacyReplies, redisRules),
    });
  }
  const settings = Object.assign({}, options.connection as LegacyReplies, RULES);
  return options.url === undefined ? new Redis(settings) : new Redis(options.url, settings);
}

/** @throws ConfigError when a cluster is named beside a single server, or the URL is none of Redis. */
export function checkConnectionOptions({ url, connection, cluster }: ConnectionOptions): void {
  if (cluster !== undefined && (url !== undefined || connection !== undefined)) {
    throw new ConfigError("redis: cluster excludes url and connection.", {
      hint: "Write user, password and TLS of its nodes into cluster.options.redisOptions.",
    });
  }
  if (url !== undefined) checkUrl(url);
}

/** The driver reads a URL in its own way: what it would read otherwise, or not at all, is refused. */
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
      hint: "Install it beside @jobs/adapter-redis: npm install ioredis",
      cause: error,
    });
  }
}
