import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ConfigError } from "@jobs/core";

/** Names looked for in each folder, in this order. */
export const CONFIG_FILE_NAMES = ["ts", "mts", "js", "mjs", "json", "yaml", "toml", "ini"].map(
  (extension) => `jobs.config.${extension}`,
);

/**
 * The configuration file: the one named, else the nearest upwards from `cwd`, else none. Only these folders are
 * searched, never a home or a system folder: a configuration can be code, and is run when it is loaded (F64).
 * @throws ConfigError when the named one does not exist.
 */
export function findConfigFile(cwd: string, named?: string): string | undefined {
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (existsSync(path)) return path;
    throw new ConfigError(`there is no configuration file ${path}.`, {
      hint: "Correct --config, or leave it out to search upwards from the working directory.",
    });
  }
  return foldersUpwards(cwd)
    .flatMap((folder) => CONFIG_FILE_NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** `cwd` and every folder above it, nearest first. */
function foldersUpwards(cwd: string): readonly string[] {
  const parent = dirname(cwd);
  return parent === cwd ? [cwd] : [cwd, ...foldersUpwards(parent)];
}
