import type { Backoff } from "../retry/backoff.ts";
import { parseRate } from "../task/rate.ts";
import type { TaskSettings } from "./app-config.ts";
import { backoffReader } from "./backoff-reader.ts";
import type { SettingsOf } from "./settings.ts";
import {
  booleanReader,
  durationReader,
  integerReader,
  nameReader,
  type ValueReader,
  wordReader,
} from "./value-reader.ts";

const whole = integerReader(1, 10_000);

/** Reads a limit of jobs at once; `off` resolves to `Infinity`. */
export const limitReader: ValueReader<number> = {
  expected: `${whole.expected} or off`,
  read(raw) {
    return raw === Number.POSITIVE_INFINITY || raw === "off" ? Number.POSITIVE_INFINITY : whole.read(raw);
  },
};

/** Jobs per second, written per second, minute, hour or day; `off` resolves to `Infinity`. */
const rateReader: ValueReader<number> = {
  expected: "a rate such as 10/s, 600/m, 1000/h or 5/d, or off",
  read: parseRate,
};

/** Whether to pause; code may pass a function that returns it. */
export const pauseReader: ValueReader<boolean | (() => boolean)> = {
  expected: booleanReader.expected,
  read: (raw) => (typeof raw === "function" ? (raw as () => boolean) : booleanReader.read(raw)),
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
    description: "Time limit of one run.",
    reader: durationReader({ minMs: 1, isOffAllowed: true }),
    default: "15m",
  },
  backoff: {
    key: "backoff",
    description: "The delay before a retry.",
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
  sharedRatePerSecond: {
    key: "sharedRate",
    description: "How many of its jobs all workers of its queue start together, each an equal share.",
    reader: rateReader,
    default: "off",
  },
  pollIntervalMs: {
    key: "pollInterval",
    description: "How often its idle queue is polled; off: workers wait at the broker instead.",
    reader: durationReader({ minMs: 1, isOffAllowed: true }),
    default: "off",
  },
  isPaused: {
    key: "pause",
    description: "Leave its jobs in the queue.",
    reader: pauseReader,
    default: false,
  },
  logParams: {
    key: "logParams",
    description: "Whether the log of a failed run contains the parameters, without those its task redacts.",
    reader: booleanReader,
    default: false,
  },
  monitorParams: {
    key: "monitorParams",
    description:
      "Whether the monitor's event of an enqueue has the parameters, but for those its task redacts.",
    reader: booleanReader,
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
