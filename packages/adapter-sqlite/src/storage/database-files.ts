import { linkSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

/** The files at a database's paths: device and inode of each. */
export interface DatabaseFiles {
  readonly file: string;
  /** The write-ahead log. */
  readonly log: string;
  /** The log's index, which all processes share. */
  readonly index: string;
}

/** Stands for a missing file. */
export const MISSING = "missing";

/** The path of the write-ahead log of a database. */
export function logOf(path: string): string {
  return `${path}-wal`;
}

/** The path of the index of that log. */
export function indexOf(path: string): string {
  return `${path}-shm`;
}

/** The temporary path of the database while another file is at its path, see {@link closeUntouched}. */
export function keptName(path: string): string {
  return `${path}-kept`;
}

/** Reads which files exist now. */
export function databaseFiles(path: string): DatabaseFiles {
  return { file: identify(path), log: identify(logOf(path)), index: identify(indexOf(path)) };
}

/**
 * Runs `close`, which closes a connection to the file, while another file is at its path. So SQLite neither writes the
 * connection's log into the file nor removes the log. A process that opens the file at that moment is refused.
 */
export function closeUntouched(path: string, close: () => void): void {
  const kept = keptName(path);
  const notice = `${path}-notice`;
  linkSync(path, kept);
  writeFileSync(notice, `The database is ${kept} for a moment. If it stays so, rename it to ${path}.\n`);
  renameSync(notice, path);
  try {
    close();
  } finally {
    renameSync(kept, path);
    rmSync(notice, { force: true });
  }
}

function identify(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? MISSING : `${stats.dev}:${stats.ino}`;
}
