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
const MISSING = "missing";

/** The path of the write-ahead log of a database. */
export function logOf(path: string): string {
  return `${path}-wal`;
}

/** The path of the index of that log. */
function indexOf(path: string): string {
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

/** Whether there is no database at the path. */
export function isMissing(path: string): boolean {
  return identify(path) === MISSING;
}

/** A file of an open database that is not the one that was opened. */
export interface LostFile {
  readonly path: string;
  /** Whether closing the connection leaves the new files unharmed. */
  readonly isSafeToClose: boolean;
}

/** The first of the files that was deleted or replaced since the database was opened. */
export function findLostFile(path: string, opened: DatabaseFiles): LostFile | undefined {
  const now = databaseFiles(path);
  if (now.file === opened.file && now.log === opened.log && now.index === opened.index) return undefined;
  if (now.file !== opened.file) return { path, isSafeToClose: true };
  const hasSameLog = now.log === opened.log;
  // There is no other log yet, so closing moves this one into the file.
  const isSafeToClose = now.log === MISSING || (hasSameLog && now.index === MISSING);
  return { path: hasSameLog ? indexOf(path) : logOf(path), isSafeToClose };
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
