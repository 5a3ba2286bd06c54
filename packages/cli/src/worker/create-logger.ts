import type { Logger } from "@jobs/core";
import { serializeError } from "@jobs/core/broker";
import { boundFields, capText, type LogFields, type ShownAs, systemClock } from "@jobs/core/runtime";
import type { Logger as PinoLogger } from "pino";
import { maskKnown, maskUrls } from "../output/mask-secrets.ts";
import { printable, printableLines } from "../output/printable.ts";
import { isColoured } from "../output/terminal.ts";
import { LEVELS, type Level, type LineStyle, type RunEnd, runLine, terminalLine } from "./terminal-log.ts";

/** Flags for logs. */
export interface LogSettings {
  readonly "log-level"?: "debug" | "info" | "warn" | "error" | "silent" | undefined;
  readonly "log-format"?: "pretty" | "json" | undefined;
  readonly verbose?: boolean | undefined;
}

/** The log of a worker. */
export interface WorkerLog extends Logger {
  /** Writes the line of a run that has ended. Absent in JSON, where each event is a line of its own. */
  readonly ended?: (end: RunEnd) => void;
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
export async function createLogger(settings: LogSettings, given: LogTarget): Promise<WorkerLog> {
  const target: LogTarget = {
    isTTY: given.isTTY === true,
    write: (line) => given.write(maskKnown(line)),
  };
  const { "log-level": level = "info", "log-format": format = target.isTTY ? "pretty" : "json" } = settings;
  if (format === "pretty") {
    const style = { isColoured: isColoured(target), isVerbose: settings.verbose === true };
    return terminalLogger(target, level, style);
  }
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

function terminalLogger(target: LogTarget, least: Level | "silent", style: LineStyle): WorkerLog {
  const from = least === "silent" ? LEVELS.length : LEVELS.indexOf(least);
  const isShown = (level: Level) => LEVELS.indexOf(level) >= from;
  const log = (level: Level) => (given: LogFields, message: string) => {
    if (!isShown(level)) return;
    const fields = boundFields(given, SHOWN);
    target.write(terminalLine({ level, at: systemClock.now(), message: SHOWN.text(message), fields }, style));
  };
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    ended(end) {
      if (!isShown(end.level)) return;
      const { task, id } = end;
      const shown = { task: SHOWN.text(task), id: SHOWN.text(id), fields: boundFields(end.fields, SHOWN) };
      target.write(runLine({ ...end, ...shown }, systemClock.now(), style));
    },
  };
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
