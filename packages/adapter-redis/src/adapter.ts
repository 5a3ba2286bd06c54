import type { AdapterDescriptor } from "@jobs/core/broker";
import { redisCapabilities } from "./capabilities.ts";
import { KIND } from "./connection/redis-fault.ts";
import { type RedisHistoryOptions, redisHistory } from "./history/redis-history.ts";
import { redis } from "./redis.ts";
import type { RedisOptions } from "./redis-options.ts";
import { type RedisResultsOptions, redisResults } from "./results/redis-results.ts";

/** Describes this package for programs that work with every adapter. The factories check their options. */
export const adapter: AdapterDescriptor = {
  kind: KIND,
  schemes: [KIND, "rediss"],
  reach: "network",
  limits: redisCapabilities(),
  readUrl: optionsOfUrl,
  createBroker: ({ options, warn }) => redis({ onWarning: warn, ...(options as RedisOptions) }),
  createResults: ({ options }) => redisResults(options as RedisResultsOptions),
  createHistory: ({ options }) => redisHistory(options as RedisHistoryOptions),
};

/**
 * The options in a URL: the address, and the engine behind it, as in `redis://host?engine=bullmq`. All other parameters
 * stay in the address, which the broker checks.
 */
export function optionsOfUrl(written: string): Readonly<Record<string, string>> {
  const [, address = "", query = ""] = /^([^?]*)\?([^#]*)$/.exec(written) ?? [];
  const parameters = query.split("&");
  const engine = parameters.findLast((parameter) => parameter.startsWith(ENGINE));
  if (engine === undefined) return { url: written };
  const others = parameters.filter((parameter) => !parameter.startsWith(ENGINE));
  const url = others.length === 0 ? address : `${address}?${others.join("&")}`;
  return { url, engine: engine.slice(ENGINE.length) };
}

/** The name of the parameter. */
const ENGINE = "engine=";
