import type { DeadReason } from "../broker/settlement.ts";
import { deadLetterError, errorOf } from "../errors/serialized-error.ts";
import { toError } from "../errors/to-error.ts";
import { callListener } from "../runtime/call-listener.ts";
import type { Logger } from "../runtime/logger.ts";
import type { ReportedContext } from "../runtime/report-error.ts";
import type { Observer, RunRef } from "./lifecycle.ts";

/** Where an error happened, never with parameters of jobs. */
export type ErrorContext =
  /** A run failed. `willRetry`: whether the job runs again. */
  | { readonly source: "run"; readonly job: RunRef; readonly willRetry: boolean }
  /** A job became a dead letter. After a last failed run this is reported too, with the same error. */
  | { readonly source: "dead_letter"; readonly job: RunRef; readonly reason: DeadReason }
  /** The handler has succeeded, but a completion step (`result`, `chain`) failed; it is retried. */
  | { readonly source: "completion_step"; readonly job: RunRef; readonly step: string }
  | ReportedContext;

/**
 * Gets the errors that people should know, for an error tracker. It cannot change an outcome: its errors are logged,
 * and its promise is not awaited.
 */
export type OnError = (error: Error, where: ErrorContext) => unknown;

/** Calls an {@link OnError}; never throws. */
export type ErrorReporter = (thrown: unknown, where: ErrorContext) => void;

/** Makes the safe call of `onError`; `warn` logs what it throws. */
export function errorReporter(onError: OnError, warn: Logger["warn"]): ErrorReporter {
  const complain = (error: unknown) => warn({ err: error }, "onError threw; nothing else changes");
  return (thrown, where) => callListener(() => onError(toError(thrown), where), complain);
}

/**
 * Calls `onError` for events that are errors. It passes a copy of the job, so that the callback cannot change a run.
 */
export function observeErrors(report: ErrorReporter): Observer {
  return (event) => {
    switch (event.type) {
      case "job.failed": {
        const { error, job, willRetry } = event;
        return report(errorOf(error), { source: "run", job: { ...job }, willRetry });
      }
      case "job.dead": {
        const { error, job, reason } = event;
        const why = error ?? deadLetterError(reason);
        return report(errorOf(why), { source: "dead_letter", job: { ...job }, reason });
      }
      case "job.step_delayed": {
        const { error, job, step } = event;
        return report(errorOf(error), { source: "completion_step", job: { ...job }, step });
      }
      case "broker.lost": {
        const message = "the broker does not answer; trying again until it does";
        return report(errorOf(event.error), { source: "broker", message, queue: event.queue });
      }
    }
  };
}
