import { parseArgs } from "node:util";
import { ConfigError } from "@jobs/core";
import { integerReader } from "@jobs/core/config";

/** The options of the command line. */
export interface Options {
  /** Worker processes, each running one job at a time. */
  readonly workers: number;
  /** Jobs to fill the queue with. */
  readonly iterations: number;
  /** The value for `jobs --broker`. Default: JOBS_BROKER, else SQLite. */
  readonly broker: string | undefined;
  /** Whether to print only the version. */
  readonly isVersionAsked: boolean;
}

const FLAGS = {
  workers: { type: "string", default: "3" },
  iterations: { type: "string", default: "100" },
  broker: { type: "string" },
  host: { type: "string" },
  password: { type: "string" },
  version: { type: "boolean", short: "v", default: false },
} as const;

/** Reads the command line. @throws ConfigError naming the flag that cannot be read, never its value. */
export function readOptions(args: readonly string[]): Options {
  const { workers, iterations, broker, host, password, version } = parse(args);
  if (broker !== undefined && host !== undefined)
    throw new ConfigError("--broker and --host are two ways to say one thing: give one of them.");
  if (password !== undefined && host === undefined)
    throw new ConfigError("--password belongs to --host; with --broker it stands in the URL.");
  return {
    workers: count("workers", workers, 100),
    iterations: count("iterations", iterations, 1_000_000),
    broker: host === undefined ? broker : redisUrl(host, password),
    isVersionAsked: version,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (cause) {
    const known = Object.keys(FLAGS).map((flag) => `--${flag}`);
    throw new ConfigError(`the command line cannot be read. Flags: ${known.join(" ")}.`, { cause });
  }
}

function count(flag: string, raw: string, max: number): number {
  const reader = integerReader(1, max);
  const value = reader.read(raw);
  if (value === undefined) throw new ConfigError(`--${flag} must be ${reader.expected}.`);
  return value;
}

function redisUrl(host: string, password?: string): string {
  return `redis://${password === undefined ? "" : `:${encodeURIComponent(password)}@`}${host}`;
}
