import { checkDelay } from "../runtime/delay.ts";
import { JobsError } from "./jobs-error.ts";

/** The handler ran longer than its task allows. Counts as a failure. */
export class JobTimeoutError extends JobsError {
  /** The exceeded limit, in milliseconds. */
  readonly timeoutMs: number;

  constructor(task: string, timeoutMs: number) {
    super("job_timeout", `task "${task}" did not finish within ${timeoutMs} ms.`, {
      hint: "Pass ctx.signal on to what the handler waits for, or raise the task's timeoutMs.",
      retryable: true,
    });
    this.timeoutMs = timeoutMs;
  }
}

/** Why a run was ended from outside. */
export type AbortCause = "shutdown" | "forced" | "cancelled";

/** The run was ended from outside; the job has not failed. It goes back to its queue, unless it was cancelled. */
export class JobAbortedError extends JobsError {
  /** What ended it. */
  readonly reason: AbortCause;

  constructor(reason: AbortCause) {
    const isCancelled = reason === "cancelled";
    const message = isCancelled
      ? "the job was cancelled; it is not run again."
      : `the run was ended by ${reason}; the job goes back to its queue.`;
    super("job_aborted", message, { retryable: !isCancelled });
    this.reason = reason;
  }
}

/** A thrown value that is not an `Error`, or an exception outside of the handler's promise. */
export class HandlerThrewError extends JobsError {
  constructor(message: string, cause: unknown) {
    super("handler_threw", message, { cause, retryable: true });
  }
}

/** The handler gave its job to a transaction, and returned without a commit. Counts as a failure. */
export class NotCommittedError extends JobsError {
  constructor(task: string) {
    super("not_committed", `the handler of "${task}" returned, but its transaction was not committed.`, {
      hint: "Await the commit before the handler returns, and let the error of a rollback pass.",
      retryable: true,
    });
  }
}

/**
 * Thrown by a handler: the job cannot succeed, however often it is run. It becomes a dead letter at once.
 * @example throw new FatalError("the account was closed");
 */
export class FatalError extends JobsError {
  /** Why, for the person who reads the dead letter. */
  readonly reason: string;

  constructor(reason: string, options: { readonly cause?: unknown } = {}) {
    super("fatal", reason, options);
    this.reason = reason;
  }
}

/**
 * Thrown by a handler to run the job later. The job is snoozed for `delayMs` without counting a failure, at most 100
 * times.
 * @example throw new RetryLater(15 * 60_000);
 */
export class RetryLater extends JobsError {
  /** How long to wait, in milliseconds. */
  readonly delayMs: number;

  /**
   * @throws ConfigError for a `delayMs` that is not a number from 0 to 100 years. In a handler that counts as a
   * failure.
   */
  constructor(delayMs: number, reason = "the handler asked to be run again later") {
    checkDelay(delayMs, "the delay of RetryLater");
    super("retry_later", reason, { retryable: true });
    this.delayMs = delayMs;
  }
}
