import { capText, toError } from "../errors/to-error.ts";

/** Structured fields of a log line. Parameters of jobs are never among them. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * What core needs of a logger: four levels, fields first as pino has it, so a pino instance fits as it is.
 * A logger that throws never changes a job's outcome.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Says nothing: the default of a library. The CLI passes pino. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The same logger, safe for whatever a line is about. What it throws is swallowed: a full disk behind a log must not
 * fail a job. `err` is always a readable error, and no text is longer than 8,192 characters: both come from jobs.
 */
export function unfailing(logger: Logger): Logger {
  const guarded =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      try {
        logger[level](loggable(fields), typeof message === "string" ? capText(message) : message);
      } catch {
        // There is nowhere left to say it.
      }
    };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}

/** The fields themselves where nothing in them needs a change, which is almost always. */
function loggable(fields: LogFields): LogFields {
  let changed: Record<string, unknown> | undefined;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const shown = name === "err" ? loggableError(value) : loggableValue(value);
    if (shown === value) continue;
    changed ??= { ...fields };
    changed[name] = shown;
  }
  return changed ?? fields;
}

function loggableValue(value: unknown): unknown {
  return typeof value === "string" ? capText(value) : value;
}

/** A copy where its message is too long: the stack begins with the message, and its frames are kept. */
function loggableError(thrown: unknown): Error {
  const error = toError(thrown);
  const { name, message, stack = "" } = error;
  const short = capText(message);
  if (short === message && capText(stack) === stack) return error;
  const copy = new Error(short);
  const code = "code" in error ? { code: error.code } : {};
  copy.stack = capText(stack.replace(message, () => short));
  return Object.assign(copy, { name }, code);
}
