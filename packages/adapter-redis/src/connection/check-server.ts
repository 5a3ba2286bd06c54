import { ConfigError } from "@jobs/core";

/** The part of a key that selects the node of a Redis Cluster. */
export const HASH_TAG = /\{[^{}]+\}/;

/** The oldest Redis with all commands of the scripts; BullMQ needs the same. */
const OLDEST = [6, 2] as const;

/** The fix for a url that names one node of a cluster. */
export const NAME_THE_CLUSTER =
  "Name the cluster: cluster: { nodes: [{ host, port }] } in place of url and connection.";

/** The used part of the answer of `INFO`. */
export interface ServerReport {
  /** `7.0.15`; missing without the right to read it. */
  readonly version?: string;
  readonly evictionPolicy?: string;
  readonly hasAppendOnlyFile?: boolean;
  /** Whether it is a node of a cluster. */
  readonly isClusterNode?: boolean;
}

/** Reads the answer of `INFO`. */
export function parseInfo(info: string): ServerReport {
  const values = new Map(info.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
  const version = values.get("redis_version");
  const evictionPolicy = values.get("maxmemory_policy");
  const appendOnly = values.get("aof_enabled");
  const mode = values.get("redis_mode");
  return {
    ...(version && { version }),
    ...(evictionPolicy && { evictionPolicy }),
    ...(appendOnly && { hasAppendOnlyFile: appendOnly === "1" }),
    ...(mode && { isClusterNode: mode === "cluster" }),
  };
}

/**
 * Warnings about the settings of a working server; empty when there are none.
 * @throws ConfigError for a Redis that is too old, and for a node of a cluster that would not have all keys of `prefix`.
 */
export function checkServer(
  { version, evictionPolicy, hasAppendOnlyFile, isClusterNode }: ServerReport,
  prefix: string,
): readonly string[] {
  if (version !== undefined && isTooOld(version)) {
    throw new ConfigError(
      `Redis ${version} is too old for the redis broker; expected ${OLDEST.join(".")} or newer.`,
    );
  }
  if (isClusterNode && !HASH_TAG.test(prefix)) {
    throw new ConfigError(
      `redis: the server is a node of a Redis Cluster, and the prefix "${prefix}" spreads a queue over its nodes.`,
      { hint: NAME_THE_CLUSTER },
    );
  }
  const warnings: string[] = [];
  if (evictionPolicy !== undefined && evictionPolicy !== "noeviction") {
    warnings.push(
      `Redis drops keys when its memory is full (maxmemory-policy ${evictionPolicy}), jobs among them. Set it to noeviction.`,
    );
  }
  if (hasAppendOnlyFile === false) {
    warnings.push(
      "Redis keeps no append-only file: a crash loses the jobs since its last snapshot. Set appendonly to yes.",
    );
  }
  return warnings;
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}
