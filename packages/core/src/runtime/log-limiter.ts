import type { Clock } from "./clock.ts";
import type { LogFields, Logger } from "./logger.ts";

/** How long a repeated line is counted instead of logged, in ms. */
const QUIET_MS = 30_000;

/** A logger for lines that an outage would repeat with every attempt and every job. */
export interface LimitedLogger extends Logger {
  /** Logs and counts the lines of a group by themselves. There must be few groups, such as one for each task. */
  of(group: string): Logger;
  /** Logs the counted lines now. */
  flush(): void;
}

/** A logged line and its repetitions since. */
interface Counted {
  repeated: number;
  say: () => void;
}

/**
 * Logs the first line of a level and a text at once. The same text again is counted for 30 s; then its last line is
 * logged with the count as `repeated`. So the text must not contain data: data that differs between jobs belongs into
 * the fields.
 */
export function limitLogger(logger: Logger, clock: Clock): LimitedLogger {
  const counted = new Map<string, Counted>();

  function wait(key: string): void {
    clock.schedule(QUIET_MS, () => {
      const line = counted.get(key);
      if (line === undefined) return;
      if (line.repeated === 0) return void counted.delete(key);
      logRepeats(line);
      wait(key);
    });
  }

  function limited(level: keyof Logger, group = ""): (fields: LogFields, message: string) => void {
    return (fields, message) => {
      const key = `${level} ${group} ${message}`;
      const line = counted.get(key);
      if (line === undefined) {
        counted.set(key, { repeated: 0, say: () => {} });
        wait(key);
        return logger[level](fields, message);
      }
      const repeated = ++line.repeated;
      line.say = () => logger[level]({ ...fields, repeated }, message);
    };
  }

  const loggerOf = (group?: string): Logger => ({
    debug: limited("debug", group),
    info: limited("info", group),
    warn: limited("warn", group),
    error: limited("error", group),
  });

  return {
    ...loggerOf(),
    of: loggerOf,
    flush() {
      for (const line of counted.values()) if (line.repeated > 0) logRepeats(line);
    },
  };
}

function logRepeats(line: Counted): void {
  line.say();
  line.repeated = 0;
}
