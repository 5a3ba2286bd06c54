import { inspect } from "node:util";
import { isJobsError } from "@jobs/core";
import { capText, describeThrown, isError, toError } from "@jobs/core/runtime";
import { asCalled } from "../base/program.ts";
import { isCliError } from "./cli-error.ts";
import { EXIT, EXIT_OF_ERROR, type ExitCode } from "./exit-codes.ts";
import { maskUrls } from "./mask-secrets.ts";
import { parseMessage } from "./parse-message.ts";
import { printable, printableLines } from "./printable.ts";

/** An error as this command shows it, whatever was thrown. */
export interface ErrorDescription {
  readonly exitCode: ExitCode;
  /** The object under `error` in JSON mode. Holds no stack and no parameter values. */
  readonly json: Readonly<Record<string, unknown>>;
  /** For people, without a stack. */
  readonly text: string;
}

/** Fields of core's errors for programs; none contains values of parameters. */
const TOLD_FIELDS = [
  "task",
  "tasks",
  "issues",
  "suggestion",
  "queue",
  "broker",
  "feature",
  "path",
  "bytes",
  "max",
  "maybeSent",
  "timeoutMs",
];

/** Describes anything that can be thrown. */
export function describeError(thrown: unknown): ErrorDescription {
  if (isCliError(thrown)) {
    const { code, message, hint, details, exitCode } = thrown;
    return description(exitCode, { code, message: parseMessage(message), ...details }, hint);
  }
  if (isJobsError(thrown)) {
    const { code, message, hint } = thrown;
    return description(EXIT_OF_ERROR[code] ?? EXIT.internal, { code, message, ...shownFields(thrown) }, hint);
  }
  if (isParseError(thrown))
    return description(EXIT.usage, { code: "usage", message: parseMessage(thrown.message) });
  return description(
    EXIT.internal,
    { code: "internal", message: describeThrown(thrown) },
    "This is a bug; --debug shows where it happened.",
  );
}

/** The whole chain of causes with stacks, for `--debug`. */
export function debugText(thrown: unknown): string {
  return printableLines(maskUrls(inspect(toError(thrown), { depth: 4, colors: false })));
}

function description(
  exitCode: ExitCode,
  json: { readonly code: string; readonly message: string },
  advice?: string,
): ErrorDescription {
  const hint = advice === undefined ? undefined : asCalled(advice);
  const message = maskUrls(capText(json.message));
  const fix = hint === undefined ? "" : `\n  Fix: ${printable(hint)}`;
  return {
    exitCode,
    json: { ...json, message, ...(hint === undefined ? {} : { hint }) },
    text: `${printableLines(message)}${fix}`,
  };
}

function shownFields(error: object): Record<string, unknown> {
  const shown = Object.entries(error).filter(
    ([key, value]) => TOLD_FIELDS.includes(key) && value !== undefined,
  );
  return Object.fromEntries(shown);
}

/** The parser's own errors carry the whole parser state, home paths included: only the message is taken from them. */
function isParseError(thrown: unknown): thrown is Error {
  return isError(thrown) && "oclif" in thrown;
}
