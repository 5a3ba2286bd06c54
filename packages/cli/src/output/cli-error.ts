import { EXIT, type ExitCode } from "./exit-codes.ts";

/** Codes of the errors that only a command line can have; the others are core's. */
export type CliErrorCode =
  | "usage"
  | "refused"
  | "not_found"
  | "not_confirmed"
  | "threshold"
  | "timed_out"
  | "job_failed"
  | "internal";

/** What to say besides the message. */
export interface CliErrorOptions {
  /** What to do about it, one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Further fields of the JSON form. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const EXIT_OF_CODE: Readonly<Record<CliErrorCode, ExitCode>> = {
  usage: EXIT.usage,
  refused: EXIT.refused,
  not_found: EXIT.no,
  not_confirmed: EXIT.usage,
  threshold: EXIT.no,
  timed_out: EXIT.timedOut,
  job_failed: EXIT.no,
  internal: EXIT.internal,
};

/** Marks errors of all bundles: each command's bundle has its own copy of the class. */
const BRAND = Symbol.for("@jobs/cli/error");

/** An error that ends the command, with its exit status. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.code = code;
    this.exitCode = EXIT_OF_CODE[code];
    this.hint = options.hint;
    this.details = options.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Recognizes a {@link CliError}, also one of another bundle, where `instanceof` fails. */
export function isCliError(error: unknown): error is CliError {
  if (typeof error !== "object" || error === null) return false;
  try {
    return BRAND in error;
  } catch {
    // A proxy with throwing traps is no error of this project.
    return false;
  }
}
