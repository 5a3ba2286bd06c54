import { lstatSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigError } from "@jobs/core";
import { isCode } from "./config-file.ts";

/** Anybody may write. */
const WORLD_WRITABLE = 0o002;

/** Whoever owns a file in such a folder alone may replace it. */
const STICKY = 0o1000;

/**
 * A configuration that was found by itself is run only when nobody else could have written it: its file and folder belong
 * to this user or to root, and not everybody may write them. One that is named is run: who names it has looked at it.
 * Not checked on Windows, which has no such owners.
 * @throws ConfigError naming what is wrong, and how to allow it.
 */
export function checkOwner(path: string): void {
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

/** `undefined` for a link that leads nowhere or to itself: whoever reads the file says so. */
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
  // The mode of a link says nothing.
  const isOpen = !stats.isSymbolicLink() && (stats.mode & WORLD_WRITABLE) !== 0;
  if (isOpen && !isProtected) return `everybody may write ${what}`;
  return isProtected ? undefined : foreignOwner(what, stats);
}

function foreignOwner(what: string, { uid }: Stats): string | undefined {
  const own = process.geteuid?.();
  // Behind sudo, the one who typed it.
  const typedBy = own === 0 ? process.env.SUDO_UID : undefined;
  return uid === 0 || uid === own || String(uid) === typedBy
    ? undefined
    : `${what} belongs to another user (${uid})`;
}
