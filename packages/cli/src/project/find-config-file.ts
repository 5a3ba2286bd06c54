import { lstatSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConfigError } from "@jobs/core";
import { CONFIG_EXTENSIONS, isCode } from "./config-file.ts";

/** Names looked for in each folder, in this order. */
const CONFIG_FILE_NAMES = CONFIG_EXTENSIONS.map((extension) => `jobs.config${extension}`);

/** The file of a Conductor worker, read when there is no other. */
const OLDER_NAME = "worker.ini";

/** Names that look like a configuration and are not read. */
const UNREAD_NAMES = ["", ".jsonc", ".json5", ".tsx", ".jsx", ".conf", ".cfg", ".env", ".xml"].map(
  (extension) => `jobs.config${extension}`,
);

/** Warnings about files that look like a configuration, but are not read. Their author expects that they are. */
export function passedOver(cwd: string, found: string | undefined): readonly string[] {
  const folders = foldersUpwards(cwd);
  const isOurs = found !== undefined && basename(found) !== OLDER_NAME;
  const last = isOurs ? folders.indexOf(dirname(found)) + 1 : folders.length;
  return folders
    .slice(0, last)
    .flatMap((folder) =>
      UNREAD_NAMES.filter((name) => isThere(join(folder, name))).map(
        (name) =>
          `${join(folder, name)} is not read. A configuration is one of ${CONFIG_FILE_NAMES.join(", ")}.`,
      ),
    );
}

/** Where a configuration file is looked for. */
export interface ConfigSearch {
  readonly cwd: string;
  /** By `--config`. */
  readonly named?: string | undefined;
  /** The app's module by `--app`. */
  readonly app?: string | undefined;
}

/**
 * The configuration file: the given one, else the nearest upwards from `cwd`, else `worker.ini` in `cwd` or beside the
 * app. Only these folders are searched, never a home or a system folder, since a configuration can be code that runs
 * (F64).
 * @throws ConfigError when the named one does not exist, or another user could have written the one that was found.
 */
export function findConfigFile({ cwd, named, app }: ConfigSearch): string | undefined {
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (isThere(path)) return path;
    throw new ConfigError(`there is no configuration file ${path}.`, {
      hint: "Correct --config, or leave it out to search upwards from the working directory.",
    });
  }
  const found = searchedFiles(cwd, app).find(isThere);
  if (found !== undefined) checkOwner(found);
  return found;
}

/** Every path that is looked at when no file is named, the first that exists counts. */
export function searchedFiles(cwd: string, app?: string): readonly string[] {
  const ours = foldersUpwards(cwd).flatMap((folder) => CONFIG_FILE_NAMES.map((name) => join(folder, name)));
  return [...ours, ...olderFolders(cwd, app).map((folder) => join(folder, OLDER_NAME))];
}

/** The searched places in a few words. */
export function searchedText(cwd: string, app?: string): string {
  const older = olderFolders(cwd, app).join(", ");
  return `${cwd} and above for ${CONFIG_FILE_NAMES.join(", ")}; ${older} for ${OLDER_NAME}`;
}

/** A Conductor worker looks for its file where it is started; its guide says beside the program (requirement C11). */
function olderFolders(cwd: string, app: string | undefined): readonly string[] {
  return app === undefined ? [cwd] : [...new Set([cwd, dirname(resolve(cwd, app))])];
}

/** Also a broken link, which is reported instead of ignored. */
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

/** Mode bit: everybody may write. */
const WORLD_WRITABLE = 0o002;

/** Mode bit: in this folder, only the owner of a file may replace it. */
const STICKY = 0o1000;

/**
 * A configuration that the search found runs only when no other user could have written it. Its file and folder must
 * belong to this user or root, and not be writable by all. A named file always runs, since the user has chosen it.
 * Not checked on Windows, which has no such owners.
 * @throws ConfigError naming what is wrong, and how to allow it.
 */
function checkOwner(path: string): void {
  if (process.platform === "win32") return;
  const folder = dirname(path);
  const reason =
    reasonAgainst("its folder", statSync(folder)) ??
    reasonAgainst("the file", statsOf(path)) ??
    reasonAgainst("the link", lstatSync(path));
  if (reason === undefined) return;
  throw new ConfigError(`${path} is not ${isCode(path) ? "run" : "read"}: ${reason}.`, {
    hint: `Look at it. Then correct owner and mode, or name it: --config ${path}, or JOBS_CONFIG.`,
  });
}

/** `undefined` for a broken or cyclic link, which reading the file reports. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function reasonAgainst(what: string, stats: Stats | undefined): string | undefined {
  if (stats === undefined) return undefined;
  const isProtected = stats.isDirectory() && (stats.mode & STICKY) !== 0;
  // The mode of a link has no meaning.
  const isOpen = !stats.isSymbolicLink() && (stats.mode & WORLD_WRITABLE) !== 0;
  if (isOpen && !isProtected) return `everybody may write ${what}`;
  return isProtected ? undefined : foreignOwner(what, stats);
}

function foreignOwner(what: string, { uid }: Stats): string | undefined {
  const own = process.geteuid?.();
  // Under sudo: the user who typed the command.
  const typedBy = own === 0 ? process.env.SUDO_UID : undefined;
  return uid === 0 || uid === own || String(uid) === typedBy
    ? undefined
    : `${what} belongs to another user (${uid})`;
}
