import { CODEC_NAMES } from "../envelope/codecs.ts";
import type { Backoff } from "../retry/backoff.ts";
import type { TaskSettings, WorkerSettings } from "./app-config.ts";
import { backoffReader } from "./backoff-reader.ts";
import { limitReader, pauseReader, rateReader } from "./limit-readers.ts";
import { queuesReader } from "./queues-reader.ts";
import {
  booleanReader,
  durationReader,
  integerReader,
  nameReader,
  prefixReader,
  textReader,
  type ValueReader,
  wordReader,
  wordsReader,
} from "./value-reader.ts";

/** One setting: parsing, default, variable name and documentation all come from here. */
export interface Setting<T = unknown> {
  /** How it is written in files and, in capitals, in variables: `lease`, `JOBS_WORKER_LEASE`. */
  readonly key: string;
  /** One sentence for the documentation. */
  readonly description: string;
  readonly reader: ValueReader<T>;
  /** As it would be written; `undefined` when there is none. */
  readonly default: unknown;
  /** Rarely needed: left out of `--help`, shown in the documentation (requirement T17). */
  readonly isInternal?: boolean;
  /** May hold a password: never quoted in messages, masked by `jobs config` (F62). */
  readonly isSecret?: boolean;
}

/** A group of settings by the name of their resolved property: `leaseMs` is written `lease`. */
export type SettingsOf<Resolved> = { readonly [Property in keyof Resolved]-?: Setting<Resolved[Property]> };

/** What is resolved at the top of a configuration. */
export interface RootSettings {
  readonly queuePrefix: string;
  readonly broker: string | undefined;
  readonly release: string | undefined;
  readonly monitor: string | undefined;
}

/** Settings outside of any section. */
export const ROOT_SETTINGS: SettingsOf<RootSettings> = {
  queuePrefix: {
    key: "queuePrefix",
    description: "Put before every queue name on the broker.",
    reader: prefixReader,
    default: "",
  },
  broker: {
    key: "broker",
    description: "Which broker to use: a kind, a key of the file's `brokers`, or a URL.",
    reader: textReader as ValueReader<string | undefined>,
    default: undefined,
    isSecret: true,
  },
  release: {
    key: "release",
    description: "Version of the application, shown by `jobs workers`.",
    reader: textReader as ValueReader<string | undefined>,
    default: undefined,
  },
  monitor: {
    key: "monitor",
    description:
      "Queue to which producers and workers report what happens, see `jobs monitor`; unset: they do not.",
    reader: nameReader as ValueReader<string | undefined>,
    default: undefined,
  },
};

/** Settings of section `worker`. */
export const WORKER_SETTINGS: SettingsOf<WorkerSettings> = {
  queues: {
    key: "queues",
    description: "Queues to serve, each with an optional weight; empty: all queues of tasks with a handler.",
    reader: queuesReader,
    default: "",
  },
  concurrency: {
    key: "concurrency",
    description: "Jobs at once in one process.",
    reader: integerReader(1, 10_000),
    default: 10,
  },
  leaseMs: {
    key: "lease",
    description: "How long a job is leased; the worker renews at a third of it.",
    reader: durationReader({ minMs: 10 }),
    default: "30s",
  },
  shutdownTimeoutMs: {
    key: "shutdownTimeout",
    description: "Time from SIGTERM until unfinished jobs are handed back; below Kubernetes' 30 s.",
    reader: durationReader({ minMs: 0 }),
    default: "25s",
  },
  startTimeoutMs: {
    key: "startTimeout",
    description: "How long to try for an absent broker at start; off waits for ever.",
    reader: durationReader({ minMs: 0, isOffAllowed: true }),
    default: "30s",
  },
  waitMs: {
    key: "wait",
    description: "Longest wait in one receive.",
    reader: durationReader({ minMs: 0 }),
    default: "20s",
    isInternal: true,
  },
  isStrictOrder: {
    key: "strictOrder",
    description: "Serve queues strictly in the order given instead of by weight.",
    reader: booleanReader,
    default: false,
  },
  maxCrashes: {
    key: "maxCrashes",
    description: "Crashes of workers after which a job is set aside without another run.",
    reader: integerReader(1),
    default: 10,
    isInternal: true,
  },
  resultTtlMs: {
    key: "resultTtl",
    description: "How long results are kept, where there is a result store.",
    reader: durationReader({ minMs: 0, isOffAllowed: true }),
    default: "7d",
  },
  onExhausted: {
    key: "onExhausted",
    description: "An exhausted job on a queue without dead letters: refuse to start, or drop it on purpose.",
    reader: wordReader("refuse", "drop"),
    default: "refuse",
    isInternal: true,
  },
  codecs: {
    key: "codec",
    description: "Systems whose jobs are read beside our own.",
    reader: wordsReader(...CODEC_NAMES),
    default: "",
  },
};

/** Settings of sections `tasks.<name>` and `tasks.DEFAULT`. */
export const TASK_SETTINGS: SettingsOf<TaskSettings> = {
  queue: {
    key: "queue",
    description: "Queue its jobs go to, without prefix.",
    reader: nameReader,
    default: "default",
  },
  maxAttempts: {
    key: "attempts",
    description: "How many failed runs make a dead letter.",
    reader: integerReader(1),
    default: 5,
  },
  timeoutMs: {
    key: "timeout",
    description: "How long one run may take.",
    reader: durationReader({ minMs: 1, isOffAllowed: true }),
    default: "15m",
  },
  backoff: {
    key: "backoff",
    description: "How long to wait before a retry.",
    reader: backoffReader as ValueReader<Backoff>,
    default: "1s..10m",
  },
  priority: {
    key: "priority",
    description: "0 normal to 9 first, where the broker has priorities.",
    reader: integerReader(0, 9),
    default: 0,
  },
  domain: {
    key: "domain",
    description: "Routes its jobs to the workers of that domain.",
    reader: nameReader as ValueReader<string | undefined>,
    default: undefined,
  },
  concurrency: {
    key: "concurrency",
    description:
      "Its jobs at once in one worker, within the worker's own concurrency; off: no limit of its own.",
    reader: limitReader,
    default: "off",
  },
  ratePerSecond: {
    key: "rate",
    description: "How many of its jobs one worker starts, evenly spread.",
    reader: rateReader,
    default: "off",
  },
  pollIntervalMs: {
    key: "pollInterval",
    description: "How often its idle queue is looked at; off: workers wait at the broker instead.",
    reader: durationReader({ minMs: 1, isOffAllowed: true }),
    default: "off",
  },
  isPaused: {
    key: "pause",
    description: "Leave its jobs where they are.",
    reader: pauseReader,
    default: false,
  },
  compat: {
    key: "compat",
    description: "Whether a worker refuses jobs with unknown names, or drops those names.",
    reader: wordReader("strict", "additive"),
    default: "strict",
  },
  onMismatch: {
    key: "onMismatch",
    description:
      "A job whose signature this worker does not know: hold it for a newer worker, or set it aside.",
    reader: wordReader("hold", "dead"),
    default: "hold",
  },
};
