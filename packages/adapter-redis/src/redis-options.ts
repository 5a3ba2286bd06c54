import { ConfigError } from "@jobs/core";
import { callListener, optionsCheck, optionRules as rule } from "@jobs/core/runtime";
import type { Engine } from "./broker-session.ts";
import { DEFAULT_MAX_MESSAGE_BYTES, DEFAULT_SWEEP_MS } from "./capabilities.ts";
import { HASH_TAG } from "./connection/check-server.ts";
import {
  CONNECTION_RULES,
  type ConnectionOptions,
  checkConnectionOptions,
} from "./connection/connection-options.ts";

/** Options of `redis()`. */
export interface RedisOptions extends ConnectionOptions {
  /**
   * Which scripts move the jobs: `jobs`, those of this adapter, or `bullmq`, BullMQ's own. The second needs the package
   * bullmq and is slower. Both work on the same queue at the same time. Default `jobs`; a queue of a major version of
   * BullMQ that `jobs` does not know gets `bullmq`, with a warning.
   */
  readonly engine?: Engine;
  /**
   * Queues that hold plain jobs of BullMQ, `{ mail: "bullmq" }`: name and data are task and parameters, and BullMQ's own
   * scripts run them. Names are complete, prefix included. Default none: the data of a job are its envelope.
   */
  readonly codecs?: Readonly<Record<string, "bullmq">>;
  /**
   * The prefix of all keys, as in BullMQ. Default `bull`; on a cluster `{bull}`, so that all queues are on one node.
   */
  readonly prefix?: string;
  /**
   * How many finished jobs each queue keeps for BullMQ's tools. Default 0; with a codec, the last 1,000 that are sent
   * here.
   */
  readonly keepFinished?: number;
  /** How often expired leases are searched, in ms. Default 1,000. */
  readonly sweepMs?: number;
  /** The largest body in bytes of UTF-8. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /**
   * Queues that also take what Celery's producers send: `{ mail: "celery" }` takes the messages of Celery's queue
   * `celery` into `mail`. Their workers need `codec: "celery"`. Default none.
   */
  readonly celeryQueues?: Readonly<Record<string, string>>;
  /**
   * Queues that also take what programs in other languages push: `{ mail: "mail-jobs" }` takes the envelopes that
   * `LPUSH mail-jobs` brings into `mail`. A message waits there up to `sweepMs`. Default none.
   */
  readonly intakeLists?: Readonly<Record<string, string>>;
  /**
   * Called once for each risk: eviction, no append-only file, another BullMQ on a queue. Default: a process warning.
   */
  readonly onWarning?: (warning: string) => void;
}

const checkOptions = optionsCheck<RedisOptions>({
  ...CONNECTION_RULES,
  engine: {
    expected: '"jobs" or "bullmq"',
    accepts: (value) => value === "jobs" || value === "bullmq",
  },
  codecs: rule.mapOf('queues with their codec, "bullmq"', rule.oneOf("bullmq")),
  prefix: rule.text,
  keepFinished: rule.whole(0),
  sweepMs: rule.whole(1),
  maxMessageBytes: rule.whole(1),
  celeryQueues: rule.mapOf("queues of Celery", rule.text),
  intakeLists: rule.mapOf("lists", rule.text),
  onWarning: rule.func,
});

/**
 * The options with their defaults.
 * @throws ConfigError for options that cannot be used.
 */
export function withDefaults(options: RedisOptions) {
  checkOptions(options, "redis()");
  const { prefix = options.cluster === undefined ? "bull" : "{bull}" } = options;
  checkConnectionOptions(options);
  if (options.cluster !== undefined && !HASH_TAG.test(prefix)) {
    throw new ConfigError(
      `redis: the prefix "${prefix}" would spread a queue over the nodes of the cluster.`,
      {
        hint: `Put it in braces: {${prefix}}. Keys with the same text in braces are on one node.`,
      },
    );
  }
  if (options.cluster !== undefined) checkLists(options, prefix);
  return {
    prefix,
    engine: options.engine ?? "jobs",
    keepFinished: options.keepFinished ?? 0,
    sweepMs: options.sweepMs ?? DEFAULT_SWEEP_MS,
    maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    onWarning: warningListener(options.onWarning),
  };
}

/** A script moves a message from its list into the queue, and works on one node. */
function checkLists({ celeryQueues = {}, intakeLists = {} }: RedisOptions, prefix: string): void {
  const tag = tagOf(prefix);
  const lists = [...Object.values(celeryQueues), ...Object.values(intakeLists)];
  const apart = lists.find((list) => tagOf(list) !== tag);
  if (apart === undefined) return;
  throw new ConfigError(
    `redis: the list "${apart}" would be on another node of the cluster than its queue.`,
    {
      hint: `Put ${tag} of the prefix into its name, such as ${tag}-${apart}.`,
    },
  );
}

/** The first text in braces, which alone counts. */
function tagOf(key: string): string | undefined {
  return HASH_TAG.exec(key)?.[0];
}

/** A listener that fails must neither fail the call that warned nor keep the warning to itself. */
function warningListener(listener: RedisOptions["onWarning"]): (warning: string) => void {
  if (listener === undefined) return warnProcess;
  return (warning) =>
    callListener(
      () => listener(warning),
      () => warnProcess(warning),
    );
}

function warnProcess(warning: string): void {
  process.emitWarning(warning, { type: "JobsWarning", code: "JOBS_REDIS" });
}
