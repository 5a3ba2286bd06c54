import { extname } from "node:path";
/** A configuration file that was read. */
export interface ConfigFile {
  readonly path: string;
  /** Paths in the file are relative to this folder. */
  readonly folder: string;
  readonly values: ConfigFileValues;
  /** Whether all values are texts, as in INI, which has no numbers. Each setting then gives its text a type. */
  readonly isText: boolean;
  /** `jobs.config.yaml:3` for a setting's path, or only the file when the line is unknown. */
  where(path: string): string;
}

/** The content of a configuration file, not validated. */
export interface ConfigFileValues {
  readonly app?: unknown;
  readonly broker?: unknown;
  readonly brokers?: unknown;
  readonly adapters?: unknown;
  readonly results?: unknown;
  readonly history?: unknown;
  readonly queuePrefix?: unknown;
  readonly release?: unknown;
  readonly monitor?: unknown;
  readonly monitorStrict?: unknown;
  readonly allowLocalResults?: unknown;
  readonly worker?: unknown;
  readonly tasks?: unknown;
  readonly schedules?: unknown;
}

/** Keys a configuration file may have at its top. */
export const CONFIG_FILE_KEYS = [
  "app",
  "broker",
  "brokers",
  "adapters",
  "results",
  "history",
  "queuePrefix",
  "release",
  "monitor",
  "monitorStrict",
  "allowLocalResults",
  "worker",
  "tasks",
  "schedules",
] as const;

/** Extensions of files that are code; all others are data. */
const CODE = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/** All extensions of a configuration, in the order in which a folder is searched. */
export const CONFIG_EXTENSIONS = [...CODE, ".json", ".yaml", ".yml", ".toml", ".ini"];

/** Whether a configuration file is run, not only read. */
export function isCode(path: string): boolean {
  return CODE.includes(extname(path));
}
