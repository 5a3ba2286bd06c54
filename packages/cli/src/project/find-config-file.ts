import { lstatSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ConfigError } from "@jobs/core";

/** Names looked for in each folder, in this order. */
export const CONFIG_FILE_NAMES = ["ts", "mts", "js", "mjs", "json", "yaml", "yml", "toml", "ini"].map(
  (extension) => `jobs.config.${extension}`,
);

/** Names that look like a configuration and are not read. */
const UNREAD_NAMES = [
  "",
  ".cjs",
  ".cts",
  ".jsonc",
  ".json5",
  ".tsx",
  ".jsx",
  ".conf",
  ".cfg",
  ".env",
  ".xml",
].map((extension) => `jobs.config${extension}`);

/** What is said of files that were passed over on the way to `found`: somebody wrote them to be read. */
export function passedOver(cwd: string, found: string | undefined): readonly string[] {
  const folders = foldersUpwards(cwd);
  const last = found === undefined ? folders.length : folders.indexOf(dirname(found)) + 1;
  return folders
    .slice(0, last)
    .flatMap((folder) =>
      UNREAD_NAMES.filter((name) => isThere(join(folder, name))).map(
        (name) =>
          `${join(folder, name)} is not read. A configuration is one of ${CONFIG_FILE_NAMES.join(", ")}.`,
      ),
    );
}

/**
 * The configuration file: the one named, else the nearest upwards from `cwd`, else none. Only these folders are
 * searched, never a home or a system folder: a configuration can be code, and is run when it is loaded (F64).
 * @throws ConfigError when the named one does not exist.
 */
export function findConfigFile(cwd: string, named?: string): string | undefined {
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (isThere(path)) return path;
    throw new ConfigError(`there is no configuration file ${path}.`, {
      hint: "Correct --config, or leave it out to search upwards from the working directory.",
    });
  }
  return foldersUpwards(cwd)
    .flatMap((folder) => CONFIG_FILE_NAMES.map((name) => join(folder, name)))
    .find(isThere);
}

/** Also a link that leads nowhere: it is told, not passed over. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** `cwd` and every folder above it, nearest first. */
function foldersUpwards(cwd: string): readonly string[] {
  const parent = dirname(cwd);
  return parent === cwd ? [cwd] : [cwd, ...foldersUpwards(parent)];
}
