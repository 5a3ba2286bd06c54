import type { LogFields, Logger } from "./logger.ts";

/**
 * The source of an error outside of a run. `process`: code outside any job; `store`: results, coordination, `ctx.log`;
 * `monitor` and `history`: events do not reach them.
 */
export type ErrorSource =
  | "process"
  | "broker"
  | "store"
  | "monitor"
  | "history"
  | "schedule"
  | "hook"
  | "observer";

/** Where an error outside of a run happened. */
export interface ReportedContext {
  readonly source: ErrorSource;
  /** The text of the log line; the same for the same kind of error. */
  readonly message: string;
  /** Id of the job, if the error is about one. */
  readonly jobId?: string;
  readonly task?: string;
  /** Without prefix. */
  readonly queue?: string;
  readonly schedule?: string;
  /** Name of the executor's method. */
  readonly hook?: string;
}

/** Passes an error on; never throws. */
export type ErrorListener = (thrown: unknown, where: ReportedContext) => void;

/** An error outside of a run, as fields of a log line. */
export interface ReportedError extends LogFields {
  readonly source: ErrorSource;
  readonly err: unknown;
}

/**
 * Logs an error outside of a run and calls the app's `onError`. `say` writes the line; default: a warning each time.
 */
export type ReportError = (
  reported: ReportedError,
  message: string,
  say?: (fields: LogFields, message: string) => void,
) => void;

/** Fields of a log line that `onError` gets too, with their names there. */
const TOLD = { job: "jobId", task: "task", queue: "queue", schedule: "schedule", hook: "hook" } as const;

/** Creates a {@link ReportError}; without `listener` it only logs. */
export function createReport(logger: Logger, listener: ErrorListener | undefined): ReportError {
  return (reported, message, say = logger.warn) => {
    const { source, ...fields } = reported;
    say(fields, message);
    listener?.(reported.err, { source, message, ...contextOf(fields) });
  };
}

function contextOf(fields: LogFields): Readonly<Record<string, string>> {
  const context: Record<string, string> = {};
  for (const [field, name] of Object.entries(TOLD)) {
    const value = fields[field];
    if (typeof value === "string") context[name] = value;
  }
  return context;
}
