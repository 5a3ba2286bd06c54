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

/** The same logger, except that what it throws is swallowed: a full disk behind a log must not fail a job. */
export function unfailing(logger: Logger): Logger {
  const guarded =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      try {
        logger[level](fields, message);
      } catch {
        // There is nowhere left to say it.
      }
    };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}
