import type { DeadReason } from "../broker/settlement.ts";
import { toError } from "../errors/to-error.ts";
import type { RunRef } from "../job/lifecycle.ts";
import type { LogFields, Logger } from "./logger.ts";

/** What an error came from that ends no run. `process`: code outside any job; `store`: results, coordination, `ctx.log`. */
export type ErrorSource = "process" | "broker" | "store" | "monitor" | "schedule" | "hook" | "observer";

/** Where an error happened. Parameters of jobs are never part of it. */
export type ErrorPlace =
  /** A run failed. `willRetry`: whether the job runs again. */
  | { readonly source: "run"; readonly job: RunRef; readonly willRetry: boolean }
  /** A job was set aside. After a last failed run this is told as well, with the same error. */
  | { readonly source: "dead_letter"; readonly job: RunRef; readonly reason: DeadReason }
  /** The handler is done, but a completion step (`result`, `chain`) failed; it is tried again. */
  | { readonly source: "completion_step"; readonly job: RunRef; readonly step: string }
  | {
      readonly source: ErrorSource;
      /** What the log says of it; the same text for the same kind of error. */
      readonly message: string;
      /** Id of the job concerned, where there is one. */
      readonly jobId?: string;
      readonly task?: string;
      /** Without prefix. */
      readonly queue?: string;
      readonly schedule?: string;
      /** Name of the executor's method. */
      readonly hook?: string;
    };

/**
 * Hears of errors that people should know: for an error tracker. It cannot change or delay an outcome: what it throws is
 * logged, what it returns is not awaited.
 */
export type OnError = (error: Error, where: ErrorPlace) => unknown;

/** Calls an {@link OnError} safely. */
export type TellError = (thrown: unknown, where: ErrorPlace) => void;

/** Makes the safe call of `onError`; `warn` logs what it throws. */
export function tellErrors(onError: OnError, warn: Logger["warn"]): TellError {
  const complain = (error: unknown) => warn({ err: error }, "onError threw; nothing else changes");
  return (thrown, where) => {
    try {
      const returned = onError(toError(thrown), where);
      // A thenable of any kind: its rejection must not become an unhandled one.
      if (typeof returned === "object" && returned !== null) Promise.resolve(returned).catch(complain);
    } catch (error) {
      complain(error);
    }
  };
}

/** An error that ends no run, as a log line says it. */
export interface ReportedError extends LogFields {
  readonly source: ErrorSource;
  readonly err: unknown;
}

/** Logs an error that ends no run, and tells the app's `onError`. `say` writes the line; default: a warning, each time. */
export type ReportError = (
  reported: ReportedError,
  message: string,
  say?: (fields: LogFields, message: string) => void,
) => void;

/** Fields of a log line that `onError` is told as well, by their names there. */
const TOLD = { job: "jobId", task: "task", queue: "queue", schedule: "schedule", hook: "hook" } as const;

/** Creates a {@link ReportError}; without `tell` it only logs. */
export function createReport(logger: Logger, tell: TellError | undefined): ReportError {
  return (reported, message, say = logger.warn) => {
    const { source, ...fields } = reported;
    say(fields, message);
    tell?.(reported.err, { source, message, ...placeOf(fields) });
  };
}

function placeOf(fields: LogFields): Readonly<Record<string, string>> {
  const place: Record<string, string> = {};
  for (const [field, name] of Object.entries(TOLD)) {
    const value = fields[field];
    if (typeof value === "string") place[name] = value;
  }
  return place;
}
