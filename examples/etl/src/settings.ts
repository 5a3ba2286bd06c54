import { fileURLToPath } from "node:url";
import { ConfigError } from "@jobs/core";
import { type Environment, integerReader, textReader, type ValueReader } from "@jobs/core/config";
import { didYouMean } from "@jobs/core/runtime";

/** The settings, read from the environment. Times are maxima of random values, which `seed` determines. */
export interface Settings {
  /** URL of a JSON array of films. Default: the example serves its own. */
  readonly input: string | undefined;
  /** Records worked on at once, over all processes. */
  readonly workers: number;
  /** Runs of a record, the first included. */
  readonly maxAttempts: number;
  /** Longest work on one record, in ms. */
  readonly processingMs: number;
  /** Longest wait before a record is handed out, for the first time or after a failure, in ms. */
  readonly delayMs: number;
  /** How many of a hundred runs fail. */
  readonly failurePercent: number;
  /** The same seed makes the same runs fail. */
  readonly seed: number;
  /** Records taken from the input. */
  readonly limit: number;
  /** Where `output.json` and `.jobs/` are. */
  readonly folder: string;
}

interface Variable<T> {
  readonly name: string;
  readonly reader: ValueReader<T>;
  readonly default: T;
}

const secondsReader: ValueReader<number> = {
  expected: "a number of seconds from 0 to 3600, like 5 or 0.1",
  read: (raw) => decimal(raw, 3_600, 1_000),
};

const percentReader: ValueReader<number> = {
  expected: "a percentage from 0 to 100, like 25",
  read: (raw) => decimal(raw, 100, 1),
};

const VARIABLES: { readonly [Property in keyof Settings]: Variable<Settings[Property]> } = {
  input: { name: "INPUT", reader: textReader, default: undefined },
  workers: { name: "WORKERS", reader: integerReader(1, 1_000), default: 10 },
  maxAttempts: { name: "MAX_ATTEMPTS", reader: integerReader(1), default: 3 },
  processingMs: { name: "PROCESSING_TIME", reader: secondsReader, default: 100 },
  delayMs: { name: "DELAY_TIME", reader: secondsReader, default: 500 },
  failurePercent: { name: "FAILURE_RATE", reader: percentReader, default: 25 },
  seed: { name: "SEED", reader: integerReader(0, 2 ** 32 - 1), default: 1 },
  limit: { name: "LIMIT", reader: integerReader(1), default: Number.POSITIVE_INFINITY },
  folder: {
    name: "ETL_FOLDER",
    reader: textReader,
    default: fileURLToPath(new URL("..", import.meta.url)),
  },
};

/** Reads the environment; a variable that is set but empty counts as absent. @throws ConfigError naming the variable. */
export function readSettings(env: Environment): Settings {
  const entries = Object.entries(VARIABLES).map(([property, variable]) => [property, read(variable, env)]);
  return Object.fromEntries(entries) as unknown as Settings;
}

/** One warning for each variable whose name is probably a typing error. */
export function slips(env: Environment): readonly string[] {
  const known = Object.values(VARIABLES).map(({ name }) => name);
  return Object.keys(env).flatMap((name) => {
    const meant = known.includes(name) ? undefined : didYouMean(name, known);
    return meant === undefined || env[meant] !== undefined
      ? []
      : [`${name} is not a variable of this example. Did you mean ${meant}?`];
  });
}

function read({ name, reader, default: fallback }: Variable<unknown>, env: Environment): unknown {
  const raw = env[name];
  if (raw === undefined || raw === "") return fallback;
  const value = reader.read(raw);
  if (value === undefined) throw new ConfigError(`${name} must be ${reader.expected}.`);
  return value;
}

function decimal(raw: unknown, max: number, factor: number): number | undefined {
  if (typeof raw !== "string" || !/^\d+(\.\d+)?$/.test(raw.trim())) return undefined;
  const number = Number(raw);
  return number <= max ? number * factor : undefined;
}
