import { type HistoryStore, validateHistory } from "@jobs/core/broker";
import { type Clock, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import {
  CONNECTION_RULES,
  type ConnectionOptions,
  checkConnectionOptions,
} from "../connection/connection-options.ts";
import { KIND } from "../connection/redis-fault.ts";
import { RedisLink } from "../connection/redis-link.ts";
import { historyScripts } from "./history-keys.ts";
import { pruneHistory } from "./prune-history.ts";
import { listJobs, readFeed, readRecord, readTimeline, readTotals } from "./read-history.ts";
import { writeHistory } from "./write-history.ts";

/** Options of {@link redisHistory}. */
export interface RedisHistoryOptions extends ConnectionOptions {
  /** The prefix of all keys. Default `jobs`; no key of a queue begins with it. */
  readonly prefix?: string;
  /** Decides what is old. Default: the machine's. */
  readonly clock?: Clock;
}

const checkOptions = optionsCheck<RedisHistoryOptions>({
  ...CONNECTION_RULES,
  prefix: optionRules.text,
  clock: optionRules.clock,
});

/**
 * Keeps the history of jobs in Redis: events in a stream, jobs in sorted sets. A cluster has all of it on one node. Redis
 * must not evict its keys.
 * @throws ConfigError for options that cannot be used.
 */
export function redisHistory(options: RedisHistoryOptions = {}): HistoryStore {
  checkOptions(options, "redisHistory()");
  checkConnectionOptions(options);
  const { prefix = "jobs", clock = systemClock, ...connection } = options;
  const link = new RedisLink(connection, { role: "history store" });
  const ask = historyScripts(link, prefix);
  return validateHistory({
    kind: KIND,
    reach: "network",
    write: (events) => writeHistory(ask, events),
    job: (id) => readRecord(ask, id),
    timeline: (id) => readTimeline(ask, id),
    list: (query = {}) => listJobs(ask, query),
    events: (from = {}) => readFeed(ask, from),
    totals: (span) => readTotals(ask, span),
    prune: (retention) => pruneHistory(ask, retention, clock),
    async close() {
      link.close();
    },
  });
}
