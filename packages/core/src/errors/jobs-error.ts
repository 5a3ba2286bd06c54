import type { ErrorCode } from "./codes.ts";

/** Shared by all copies of this package in one process, so that errors of another copy are still recognised. */
const BRAND = Symbol.for("@jobs/core/error");

/** What every {@link JobsError} is made of besides its message. */
export interface JobsErrorOptions {
  /** What to do about it, one sentence, shown after the message. */
  readonly hint?: string | undefined;
  /** The error underneath, usually the driver's. */
  readonly cause?: unknown;
  /** Whether the same call may succeed later without a change. Default `false`. */
  readonly retryable?: boolean | undefined;
}

/**
 * The root of every error this project throws. A message says what failed, on what, what was expected and how to
 * fix it; {@link JobsError.code} is stable and meant for programs.
 */
export class JobsError extends Error {
  /** Stable identifier, see the error table in the documentation. */
  readonly code: ErrorCode;
  /** How to fix it, when there is something to say beyond the message. */
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
 * Tells whether `error` comes from this project, also from another installed copy of it, where `instanceof` fails.
 * With `code`, whether it carries just that code.
 */
export function isJobsError(error: unknown, code?: ErrorCode): error is JobsError {
  if (typeof error !== "object" || error === null) return false;
  try {
    return BRAND in error && (code === undefined || ("code" in error && error.code === code));
  } catch {
    // A proxy whose traps throw is of nobody's package.
    return false;
  }
}
