import { CODEC_NAMES } from "../envelope/codecs/codecs.ts";
import type { QueueWeight, WorkerSettings } from "./app-config.ts";
import type { SettingsOf } from "./settings.ts";
import {
  booleanReader,
  durationReader,
  integerReader,
  nameReader,
  type ValueReader,
  wordReader,
  wordsReader,
} from "./value-reader.ts";

const HIGHEST_WEIGHT = 1_000;

/** Queues with weights: `default,mail:3`, a list of such words, or a list of `{ name, weight }`. Empty means all. */
export const queuesReader: ValueReader<readonly QueueWeight[]> = {
  expected: "queue names, each with an optional weight: default,mail:3",
  read(raw) {
    const items: unknown =
      typeof raw === "string" ? raw.split(",").filter((item) => item.trim() !== "") : raw;
    if (!Array.isArray(items)) return undefined;
    const queues = items.map(readQueue).filter((queue) => queue !== undefined);
    const names = new Set(queues.map((queue) => queue.name));
    return queues.length === items.length && names.size === queues.length ? queues : undefined;
  },
};

function readQueue(item: unknown): QueueWeight | undefined {
  const { name, weight = 1 } = typeof item === "string" ? splitWeight(item) : asWeighted(item);
  const isUsable =
    nameReader.read(name) !== undefined &&
    typeof weight === "number" &&
    Number.isInteger(weight) &&
    weight >= 1 &&
    weight <= HIGHEST_WEIGHT;
  return isUsable ? { name: String(name), weight } : undefined;
}

function splitWeight(word: string): { readonly name: string; readonly weight: number } {
  const [name = "", weight = "1", ...rest] = word.trim().split(":");
  return { name, weight: rest.length === 0 && /^\d+$/.test(weight) ? Number(weight) : Number.NaN };
}

function asWeighted(item: unknown): { readonly name?: unknown; readonly weight?: unknown } {
  return typeof item === "object" && item !== null ? item : {};
}

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
    description: "Time from SIGTERM until unfinished jobs are released; below Kubernetes's 30 s.",
    reader: durationReader({ minMs: 0 }),
    default: "25s",
  },
  startTimeoutMs: {
    key: "startTimeout",
    description: "How long to wait for a broker that is down at start; off waits for ever.",
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
  isScheduling: {
    key: "schedules",
    description: "Whether the worker sends the jobs of its app's schedules.",
    reader: booleanReader,
    default: true,
  },
  maxCrashes: {
    key: "maxCrashes",
    description: "Crashes of workers that a job survives; with one more it becomes a dead letter.",
    reader: integerReader(1),
    default: 10,
    isInternal: true,
  },
  resultTtlMs: {
    key: "resultTtl",
    description:
      "How long results are kept, where there is a result store. At least 5 s, so that nobody waits in vain, or 0 s: not at all.",
    reader: durationReader({ minMs: 0, isOffAllowed: true }),
    default: "7d",
  },
  historyTtlMs: {
    key: "historyTtl",
    description:
      "How long a job stays in the history after its latest change, where there is a history store.",
    reader: durationReader({ minMs: 0, isOffAllowed: true }),
    default: "7d",
  },
  historyMaxJobs: {
    key: "historyMaxJobs",
    description: "The most jobs in the history; of more, those with the oldest change are removed.",
    reader: integerReader(0),
    default: 1_000_000,
  },
  jobLog: {
    key: "jobLog",
    description:
      "Lines of ctx.log from this level on are kept with the job, as long as results are; off: none.",
    reader: wordReader("off", "debug", "info", "warn", "error"),
    default: "info",
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
    description: "Other systems whose jobs the worker can read.",
    reader: wordsReader(...CODEC_NAMES),
    default: "",
  },
};
