import { capText, toError } from "../errors/to-error.ts";
import { boundFields, type LogFields, type ShownAs } from "./bound-fields.ts";
import { onRejection } from "./call-listener.ts";

export type { LogFields } from "./bound-fields.ts";

/**
 * What core needs of a logger: four levels, with fields first as in pino, so that a pino instance fits. A logger that
 * throws never changes a job's outcome.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Logs nothing: the default of a library. The CLI passes pino. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The same logger, safe for all values. Its errors are ignored: a full disk behind a log must not fail a job. `err` is
 * always a readable error, and no text at any depth is longer than 8,192 characters, since both come from jobs.
 */
export function unfailing(logger: Logger): Logger {
  const guarded =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      try {
        onRejection(
          logger[level](loggable(fields), typeof message === "string" ? capText(message) : message),
        );
      } catch {
        // The logger itself failed, so this cannot be logged.
      }
    };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}

const SHOWN: ShownAs = { text: (text) => capText(text), error: loggableError };

function loggable(fields: LogFields): LogFields {
  const { err } = fields;
  const isReadable = err === undefined ? !("err" in fields) : toError(err) === err;
  return boundFields(isReadable ? fields : { ...fields, err: toError(err) }, SHOWN);
}

/**
 * A copy when its message is too long. The stack begins with the message, so it is replaced there and the frames stay.
 */
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
