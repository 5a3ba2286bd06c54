import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "@jobs/core";
import type { Broker, ResultStore } from "@jobs/core/broker";
import { describeThrown, readErrorText } from "@jobs/core/runtime";
import { printable } from "../output/printable.ts";
import { writeNow } from "../output/write-now.ts";

/** What is left to know once the kind of a broker is known. */
export interface BrokerAddress {
  readonly kind: string;
  /** What stood behind the kind in a URL, or the options of the configuration file. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Where paths and packages are looked for. */
export interface Surroundings {
  /** Relative paths of files start here. */
  readonly folder: string;
}

/** Each adapter exports a factory of the kind's name. */
const PACKAGES: Readonly<Record<string, string>> = {
  memory: "@jobs/adapter-memory",
  sqlite: "@jobs/adapter-sqlite",
  redis: "@jobs/adapter-redis",
  sqs: "@jobs/adapter-sqs",
};

/** Kinds that `--broker` knows. */
export const BROKER_KINDS: readonly string[] = Object.keys(PACKAGES);

/** Each package exports a factory of the kind's name and `Results`. */
const RESULT_PACKAGES: Readonly<Record<string, string>> = {
  memory: "@jobs/adapter-memory",
  sqlite: "@jobs/adapter-sqlite",
  redis: "@jobs/adapter-redis",
  postgres: "@jobs/results-postgres",
};

/** Kinds that `--results` knows. */
export const RESULT_KINDS: readonly string[] = Object.keys(RESULT_PACKAGES);

/** Where SQLite keeps its file when nobody says otherwise, beside the configuration file. */
const DEFAULT_SQLITE_FILE = join(".jobs", "jobs.db");

/** Loads the adapter of a kind and creates the broker. @throws ConfigError when the adapter is not installed. */
export async function openBroker(address: BrokerAddress, { folder }: Surroundings): Promise<Broker> {
  const { kind } = address;
  const adapter = await loadAdapter(kind, folder);
  const factory = adapter[kind];
  if (typeof factory !== "function") throw new ConfigError(`${PACKAGES[kind]} has no factory ${kind}().`);
  const options = optionsFor(address, folder);
  return factory(kind === "redis" ? { onWarning: warn, ...options } : options);
}

function optionsFor({ kind, options }: BrokerAddress, folder: string): Readonly<Record<string, unknown>> {
  if (kind !== "sqlite") return options;
  const { file = DEFAULT_SQLITE_FILE } = options;
  return { ...options, file: resolve(folder, String(file)) };
}

function warn(warning: string): void {
  writeNow(2, `warning: ${printable(warning)}\n`);
}

/** Loads the package of a kind and creates the store. @throws ConfigError when it is not installed, or there is no such kind. */
export async function openResults(address: BrokerAddress, { folder }: Surroundings): Promise<ResultStore> {
  const { kind } = address;
  const name = RESULT_PACKAGES[kind];
  if (name === undefined) {
    throw new ConfigError(`results cannot be kept in "${kind}".`, {
      hint: `Use ${RESULT_KINDS.join(", ")}, or a URL of one of them.`,
    });
  }
  const factory = (await loadPackage(name, folder))[`${kind}Results`];
  if (typeof factory !== "function") throw new ConfigError(`${name} has no factory ${kind}Results().`);
  return factory(optionsFor(address, folder));
}

/** What the adapter of a kind exports. @throws ConfigError when it is not installed. */
export async function loadAdapter(kind: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  const name = PACKAGES[kind];
  if (name === undefined) {
    throw new ConfigError(`there is no broker kind "${kind}".`, {
      hint: `Use ${BROKER_KINDS.join(", ")}, or a key of brokers in the configuration file.`,
    });
  }
  return loadPackage(name, folder);
}

/** What a package of this family exports, from beside this command or from the project. @throws ConfigError when it is not installed. */
export async function loadPackage(name: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(name);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    return loadFromProject(name, folder);
  }
}

/** The project may have an adapter that did not come with this command. */
async function loadFromProject(name: string, folder: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const path = createRequire(join(folder, "package.json")).resolve(name);
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    if (!isMissing(cause, name)) throw cause;
    throw new ConfigError(`${name} is not installed.`, { cause, hint: `npm install ${name}` });
  }
}

function isMissing(error: unknown, name: string): boolean {
  const code = readErrorText(error, "code");
  const isNotFound = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  return isNotFound && describeThrown(error).includes(name);
}
