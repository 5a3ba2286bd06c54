import { ConfigError } from "@jobs/core";
import type { TargetOption } from "@jobs/core/broker";
import type { ConfigLayer } from "@jobs/core/config";
import { isObject } from "@jobs/core/runtime";
import { CALLED_AS_VARIABLE } from "../base/program.ts";
import { rememberSecrets } from "../output/mask-secrets.ts";
import { CONFIG_FILE_KEYS, type ConfigFile } from "./config-file.ts";
import { findConfigFile, passedOver } from "./find-config-file.ts";

/** Settings that were given as flags, already parsed. Flags that were not given are absent. */
export interface FlagSettings {
  readonly config?: string | undefined;
  /** Module of the app, in place of the file's. */
  readonly app?: string | undefined;
  readonly broker?: string | undefined;
  readonly results?: string | undefined;
  readonly history?: string | undefined;
  readonly prefix?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** Checks everything and changes nothing, see `dryRun` of core. */
  readonly "dry-run"?: boolean | undefined;
  /** By written key: `concurrency`, `lease`. */
  readonly worker?: Readonly<Record<string, unknown>>;
}

/** The configuration around the working directory, before any code of the app is run. */
export interface Project {
  readonly cwd: string;
  /** Where relative paths and the default database start: beside the configuration file, else here. */
  readonly folder: string;
  readonly file: ConfigFile | undefined;
  /** Flags, variables and file, strongest first; the app adds its own below them. */
  readonly layers: readonly ConfigLayer[];
  /** Adapters of the user by kind, each as a path or the name of a package. */
  readonly adapters: Readonly<Record<string, string>>;
  /** Endpoint and region of the broker, if flags name them. */
  readonly target: { readonly [Name in TargetOption]?: string | undefined };
  /** Whether the command has two brokers: then endpoint and region are for the one that knows them. Default: no. */
  readonly isTargetOptional?: boolean;
  /** Warnings about files that look like a configuration but are not read, and about unknown keys of the file. */
  readonly warnings: readonly string[];
}

/**
 * Variables of global flags. The list tells the configuration that they are no typing errors. Other flags have no
 * variable: a forgotten variable must not make a command remove or send something. A test compares the list with the
 * flags.
 */
const CLI_VARIABLES: readonly string[] = [
  "JOBS_APP",
  "JOBS_CONFIG",
  "JOBS_DASH_TOKENS",
  "JOBS_DEBUG",
  "JOBS_ENDPOINT",
  "JOBS_JSON",
  "JOBS_LOG_FORMAT",
  "JOBS_LOG_LEVEL",
  "JOBS_REGION",
  "JOBS_TIMEOUT",
];

/** Finds and reads the configuration. @throws ConfigError when it is broken or the one named does not exist. */
export async function openProject(flags: FlagSettings): Promise<Project> {
  const cwd = process.cwd();
  rememberSecrets({ ...flags });
  rememberSecrets(process.env);
  const path = findConfigFile({ cwd, named: flags.config, app: flags.app });
  // Paths in the app's own code, and its child processes, start beside the same file.
  if (flags.config !== undefined && path !== undefined) process.env.JOBS_CONFIG = path;
  const file = path === undefined ? undefined : await readFile(path, cwd);
  if (file !== undefined) {
    const { app: _app, ...values } = file.values;
    rememberSecrets(values);
  }
  const { environmentLayer } = await import("@jobs/core/config");
  return {
    cwd,
    folder: file?.folder ?? cwd,
    file,
    layers: [
      flagLayer(flags),
      environmentLayer(process.env, [...CLI_VARIABLES, CALLED_AS_VARIABLE]),
      ...(file === undefined ? [] : [fileLayer(file)]),
    ],
    adapters: file === undefined ? {} : ownAdapters(file),
    target: { endpoint: flags.endpoint, region: flags.region },
    warnings: [
      ...(flags.config === undefined ? passedOver(cwd, path) : []),
      ...(file === undefined ? [] : unknownKeys(file)),
    ],
  };
}

async function readFile(path: string, cwd: string): Promise<ConfigFile> {
  const { readConfigFile } = await import("./read-config-file.ts");
  return readConfigFile(path, cwd);
}

function flagLayer({ broker, results, history, prefix, worker = {} }: FlagSettings): ConfigLayer {
  return {
    layer: "flag",
    broker,
    results,
    history,
    queuePrefix: prefix,
    worker,
    where: (path) =>
      path === "queuePrefix" ? "--prefix" : `--${flagName(path.slice(path.lastIndexOf(".") + 1))}`,
  };
}

function fileLayer(file: ConfigFile): ConfigLayer {
  const { queuePrefix, release, monitor, monitorStrict, allowLocalResults } = file.values;
  const { broker, results, history, worker, tasks } = file.values;
  return {
    layer: "file",
    queuePrefix,
    release,
    monitor,
    monitorStrict,
    allowLocalResults,
    broker: textOf(broker),
    results: textOf(results),
    history: textOf(history),
    worker,
    tasks,
    where: (path) => file.where(path),
  };
}

function ownAdapters(file: ConfigFile): Readonly<Record<string, string>> {
  const { adapters = {} } = file.values;
  if (isObject(adapters) && Object.values(adapters).every((written) => typeof written === "string")) {
    return adapters as Readonly<Record<string, string>>;
  }
  throw new ConfigError(`${file.where("adapters")}: adapters must be a section of modules by kind.`, {
    hint: 'Write each as the path of a file or the name of a package: adapters: { kafka: "./kafka.ts" }.',
  });
}

/** A value that is not a text is an object of the file. Only this command can read it. */
function textOf(written: unknown): unknown {
  return typeof written === "string" || written === undefined ? written : "(in the file)";
}

function unknownKeys(file: ConfigFile): readonly string[] {
  return Object.keys(file.values)
    .filter((key) => !(CONFIG_FILE_KEYS as readonly string[]).includes(key))
    .map((key) => `${file.where(key)}: ${key} is not a known key. Known: ${CONFIG_FILE_KEYS.join(", ")}.`);
}

/** `shutdownTimeout` → `shutdown-timeout`: a setting's name among the flags. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
