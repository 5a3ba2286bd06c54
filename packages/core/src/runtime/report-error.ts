import type { LogFields, Logger } from "./logger.ts";

/** What an error came from that ends no run. `process`: code outside any job; `store`: results, coordination, `ctx.log`. */
export type ErrorSource = "process" | "broker" | "store" | "monitor" | "schedule" | "hook" | "observer";

/** Where an error happened that ends no run. */
export interface ReportedPlace {
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
}

/** Passes an error on; never throws. */
export type TellReported = (thrown: unknown, where: ReportedPlace) => void;

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
export function createReport(logger: Logger, tell: TellReported | undefined): ReportError {
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
