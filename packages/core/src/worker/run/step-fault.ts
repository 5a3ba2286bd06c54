import { isJobsError } from "../../errors/jobs-error.ts";
import { isError } from "../../errors/to-error.ts";

/**
 * For how long a step that was refused as a whole is tried again, in ms: a password is being changed, a permission is on
 * its way, tables are being made. Such a refusal says nothing of the job.
 */
const REFUSAL_MS = 300_000;

/** Errors that are about the place and not about the job. */
const OF_THE_PLACE = new Set(["access_denied", "invalid_config"]);

/** What a bug in a step throws. */
const PROGRAMMING_ERRORS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** Whether waiting cannot help a completion step any more that has failed with `error` for `failingMs`. */
export function isFinalFault(error: unknown, failingMs: number): boolean {
  if (isJobsError(error)) {
    if (error.retryable) return false;
    return !OF_THE_PLACE.has(error.code) || failingMs >= REFUSAL_MS;
  }
  return isProgrammingError(error);
}

function isProgrammingError(error: unknown): boolean {
  try {
    // Node's fetch throws a TypeError with a cause when a server does not answer.
    return (
      isError(error) && error.cause === undefined && PROGRAMMING_ERRORS.some((kind) => error instanceof kind)
    );
  } catch {
    // What was thrown may refuse every look, such as a revoked proxy.
    return false;
  }
}
