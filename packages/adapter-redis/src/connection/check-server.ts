import { ConfigError } from "@jobs/core";

/** The oldest Redis with all commands of the scripts; BullMQ needs the same. */
const OLDEST = [6, 2] as const;

/** The used part of the answer of `INFO`. */
export interface ServerReport {
  /** `7.0.15`; missing without the right to read it. */
  readonly version?: string;
  readonly evictionPolicy?: string;
  readonly hasAppendOnlyFile?: boolean;
}

/** Reads the answer of `INFO`. */
export function parseInfo(info: string): ServerReport {
  const values = new Map(info.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
  const version = values.get("redis_version");
  const evictionPolicy = values.get("maxmemory_policy");
  const appendOnly = values.get("aof_enabled");
  return {
    ...(version && { version }),
    ...(evictionPolicy && { evictionPolicy }),
    ...(appendOnly && { hasAppendOnlyFile: appendOnly === "1" }),
  };
}

/**
 * Warnings about the settings of a working server; empty when there are none.
 * @throws ConfigError for a Redis that is too old.
 */
export function checkServer({ version, evictionPolicy, hasAppendOnlyFile }: ServerReport): readonly string[] {
  if (version !== undefined && isTooOld(version)) {
    throw new ConfigError(
      `Redis ${version} is too old for the redis broker; expected ${OLDEST.join(".")} or newer.`,
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
