import {
  fstatSync,
  linkSync,
  lstatSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "@jobs/core/runtime";

/** The files at a database's paths: device and inode of each. */
interface DatabaseFiles {
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

/** Whether there is no database at the path. */
export function isMissing(path: string): boolean {
  return identify(path, statSync) === MISSING;
}

/** A file of an open database that is not the one that was opened. */
export interface LostFile {
  readonly path: string;
  /** Whether closing the connection leaves the new files unharmed. */
  readonly isSafeToClose: boolean;
}

/**
 * How long a folder's time must stay the same until a check of the files counts for later, in ms. A later change then
 * gets another time: file systems that know fractions of a second count in steps of at most 10 ms.
 */
export const SETTLED_MS = 100;

/**
 * The files of an open database, as they were when it was opened. Every call checks them. Once the folder has stayed
 * the same for {@link SETTLED_MS}, a look at the folder replaces a look at each file, which takes three times as long.
 */
export class OpenedFiles {
  readonly #path: string;
  readonly #folderPath: string;
  readonly #monotonic: () => number;
  readonly #opened: DatabaseFiles;
  /** The folder at the last calls. */
  #folder: Stats | undefined;
  /** When it was first seen like this. */
  #seenAt = 0;
  /** Whether all the files were there after it had settled. */
  #isSettled = false;

  /** `monotonic` is a clock in ms. */
  constructor(path: string, monotonic: () => number = () => systemClock.monotonic()) {
    this.#path = path;
    this.#folderPath = dirname(path);
    this.#monotonic = monotonic;
    this.#opened = databaseFiles(path, statSync);
  }

  /**
   * The folder's state at the last check. While it is the same object, no file was added, removed or replaced there.
   * `undefined` while that cannot be told.
   */
  get settledFolder(): object | undefined {
    return this.#isSettled ? this.#folder : undefined;
  }

  /** Whether an open file is the log. */
  isLog(descriptor: number): boolean {
    return identityOf(fstatSync(descriptor)) === this.#opened.log;
  }

  /** The first of the files that was deleted or replaced since the database was opened. */
  findLost(): LostFile | undefined {
    // Before the files: a change between the two looks changes the folder again.
    const folder = statSync(this.#folderPath, { throwIfNoEntry: false });
    const isSame = isSameFolder(folder, this.#folder);
    if (isSame && this.#isSettled) return undefined;
    if (!isSame) {
      this.#folder = folder;
      this.#seenAt = this.#monotonic();
      this.#isSettled = false;
    }
    const hasSettled = isSame && this.#monotonic() - this.#seenAt >= SETTLED_MS;
    const lost = this.#checkEach();
    this.#isSettled = lost === undefined && hasSettled && tellsOf(folder) && this.#isInFolder();
    return lost;
  }

  #checkEach(): LostFile | undefined {
    const now = databaseFiles(this.#path, statSync);
    if (isEqual(now, this.#opened)) return undefined;
    if (now.file !== this.#opened.file) return { path: this.#path, isSafeToClose: true };
    const hasSameLog = now.log === this.#opened.log;
    // There is no other log yet, so closing moves this one into the file.
    const isSafeToClose = now.log === MISSING || (hasSameLog && now.index === MISSING);
    return { path: hasSameLog ? indexOf(this.#path) : logOf(this.#path), isSafeToClose };
  }

  /** Whether the files themselves are in the folder. A change behind a symbolic link does not change the folder. */
  #isInFolder(): boolean {
    return isEqual(databaseFiles(this.#path, lstatSync), this.#opened);
  }
}

/** Unlike the time of the last write, the time of the last change cannot be set, for example by a restored backup. */
function isSameFolder(now: Stats | undefined, before: Stats | undefined): boolean {
  if (now === undefined || before === undefined) return false;
  return now.ctimeMs === before.ctimeMs && now.ino === before.ino && now.dev === before.dev;
}

/** Not where times are in whole seconds, as in old file systems: two changes in one second then look the same. */
function tellsOf(folder: Stats | undefined): boolean {
  return folder !== undefined && folder.ctimeMs % 1_000 !== 0 && process.platform !== "win32";
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

function databaseFiles(path: string, look: typeof statSync): DatabaseFiles {
  return {
    file: identify(path, look),
    log: identify(logOf(path), look),
    index: identify(indexOf(path), look),
  };
}

function isEqual(a: DatabaseFiles, b: DatabaseFiles): boolean {
  return a.file === b.file && a.log === b.log && a.index === b.index;
}

function identify(path: string, look: typeof statSync): string {
  const stats = look(path, { throwIfNoEntry: false });
  return stats === undefined ? MISSING : identityOf(stats);
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
