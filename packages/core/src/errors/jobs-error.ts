import type { ErrorCode } from "./codes.ts";

/** Shared by all copies of this package in one process, so that errors of another copy are still recognised. */
const BRAND = Symbol.for("@jobs/core/error");

/** Options of every {@link JobsError}. */
export interface JobsErrorOptions {
  /** What to do about it, one sentence, shown after the message. */
  readonly hint?: string | undefined;
  /** The error underneath, usually the driver's. */
  readonly cause?: unknown;
  /** Whether the same call may succeed later without a change. Default `false`. */
  readonly retryable?: boolean | undefined;
}

/**
 * The base class of all errors of this project. The message says what failed, on what, what was expected and how to fix
 * it. {@link JobsError.code} is stable and meant for programs.
 */
export class JobsError extends Error {
  /** Stable identifier, see the error table in the documentation. */
  readonly code: ErrorCode;
  /** How to fix it, if the message does not say it. */
  readonly hint: string | undefined;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: JobsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Whether `error` comes from this project, also from another installed copy of it, where `instanceof` fails. With
 * `code`: whether it also has that code.
 */
export function isJobsError(error: unknown, code?: ErrorCode): error is JobsError {
  if (typeof error !== "object" || error === null) return false;
  try {
    return BRAND in error && (code === undefined || ("code" in error && error.code === code));
  } catch {
    // A proxy with throwing traps is no error of this project.
    return false;
  }
}
