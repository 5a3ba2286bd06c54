import type { Logger } from "@jobs/core";
import { serializeError } from "@jobs/core/broker";
import { boundFields, capText, type LogFields, type ShownAs, systemClock } from "@jobs/core/runtime";
import type { Logger as PinoLogger } from "pino";
import { maskKnown, maskUrls } from "../output/mask-secrets.ts";
import { printable, printableLines } from "../output/printable.ts";
import { LEVELS, type Level, terminalLine } from "./terminal-log.ts";

/** Flags for logs. */
export interface LogSettings {
  readonly "log-level"?: "debug" | "info" | "warn" | "error" | "silent" | undefined;
  readonly "log-format"?: "pretty" | "json" | undefined;
}

/** Where log lines go. */
export interface LogTarget {
  write(line: string): unknown;
  readonly isTTY?: boolean;
}

/**
 * A logger on `target`: one line an event in JSON, by pino; for a terminal, readable lines of our own. Control characters are escaped,
 * so that no job can fake log lines (F61, F63).
 */
export async function createLogger(settings: LogSettings, given: LogTarget): Promise<Logger> {
  const target: LogTarget = {
    isTTY: given.isTTY === true,
    write: (line) => given.write(maskKnown(line)),
  };
  const { "log-level": level = "info", "log-format": format = target.isTTY ? "pretty" : "json" } = settings;
  if (format === "pretty") return terminalLogger(target, level);
  const { pino, stdTimeFunctions } = await import("pino");
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => ({ ...boundFields(fields, SHOWN) }),
    },
    // Errors are shown by `SHOWN` already. Pino's own serializer would call each one an "Object".
    serializers: { err: (shown: unknown) => shown },
    hooks: {
      logMethod(args: Parameters<import("pino").LogFn>, method: import("pino").LogFn) {
        const [fields, message] = args as unknown as [object, string];
        method.call(this as never, fields, printable(maskUrls(capText(String(message)))));
      },
    },
  };
  return loggerOf(pino(options, target));
}

function loggerOf(log: PinoLogger): Logger {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}

function terminalLogger(target: LogTarget, least: Level | "silent"): Logger {
  const isColoured = target.isTTY === true && !process.env.NO_COLOR;
  const from = least === "silent" ? LEVELS.length : LEVELS.indexOf(least);
  const log = (level: Level) => (fields: LogFields, message: string) => {
    if (LEVELS.indexOf(level) < from) return;
    const shown = {
      level,
      at: systemClock.now(),
      message: SHOWN.text(message),
      fields: boundFields(fields, SHOWN),
    };
    target.write(terminalLine(shown, isColoured));
  };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

/**
 * Texts of fields come from jobs, errors and brokers. They are shortened first, since masking takes time for each
 * character.
 */
const SHOWN: ShownAs = {
  text: (text) => printable(maskUrls(capText(text))),
  error(error) {
    const { name, message, stack, code } = serializeError(error);
    return {
      type: printable(name),
      message: printableLines(maskUrls(message)),
      stack: printableLines(maskUrls(stack ?? "")),
      ...(code === undefined ? {} : { code: printable(code) }),
    };
  },
};
