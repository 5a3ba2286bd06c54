import { BrokerUnavailableError, ConfigError, isJobsError, type JobsError } from "@jobs/core";
import { describeThrown, isError } from "@jobs/core/runtime";
import { resultCode } from "../driver/connection.ts";

/** Primary result codes of SQLite that are handled separately (https://www.sqlite.org/rescode.html). */
const CODE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
};

/** `SQLITE_IOERR_SHMSIZE`: no room for the index of the write-ahead log. */
const NO_ROOM_FOR_SHARED_MEMORY = 4874;

/** The system's errors for a directory that cannot be made or written. */
const NOT_WRITABLE: readonly unknown[] = [
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOTDIR",
  "ENOENT",
  "EEXIST",
  "EISDIR",
];

/** Where a driver's error happened. */
export interface FaultTarget {
  /** The name of this store in errors. */
  readonly kind: string;
  readonly file: string;
}

/** Whether another connection holds the lock, so that a retry helps. */
export function isLocked(error: unknown): boolean {
  const code = primaryCode(error);
  return code === CODE.busy || code === CODE.locked;
}

/** Whether the disk, or the space for the file, is full. */
export function isFull(error: unknown): boolean {
  return (
    primaryCode(error) === CODE.full ||
    resultCode(error) === NO_ROOM_FOR_SHARED_MEMORY ||
    systemCode(error) === "ENOSPC"
  );
}

/** Converts a driver's error, with the file and a hint. Errors of this project pass unchanged. */
export function describeFault(error: unknown, target: FaultTarget): JobsError {
  if (isJobsError(error)) return error;
  const { kind, file } = target;
  const unavailable = (text: string, hint: string, retryable = true) =>
    new BrokerUnavailableError({ broker: kind }, `${file}: ${text}`, { cause: error, hint, retryable });
  const unusable = (text: string, hint: string) =>
    new ConfigError(`${kind}: ${file} ${text}.`, { cause: error, hint });
  if (isLocked(error))
    return unavailable(
      "another process has kept the file locked for 5 s.",
      "Look for a program that holds a transaction open.",
    );
  if (isFull(error))
    return unavailable("no space is left for it.", "Free disk space; running jobs can still be settled.");
  if (NOT_WRITABLE.includes(systemCode(error))) {
    return unusable("cannot be opened for writing", "The process needs to write the file and its directory.");
  }
  switch (primaryCode(error)) {
    case CODE.notADatabase:
      return unusable("is not a SQLite database", "Point `file` at another path, or move this file away.");
    case CODE.readOnly:
    case CODE.cannotOpen:
      return unusable(
        "cannot be opened for writing",
        "The process needs to write the file and its directory.",
      );
    case CODE.corrupt:
      return unavailable(
        "the database is damaged.",
        "Stop its users, keep a copy, and recover it with `sqlite3 FILE .recover`.",
        false,
      );
    case CODE.ioError:
      return unavailable(
        "reading or writing failed.",
        "Look at the disk; network file systems are not supported.",
      );
    default:
      return unavailable(describeThrown(error), "See the cause.");
  }
}

function primaryCode(error: unknown): number | undefined {
  const code = resultCode(error);
  return code === undefined ? undefined : code & 0xff;
}

function systemCode(error: unknown): unknown {
  return isError(error) && "code" in error ? error.code : undefined;
}
