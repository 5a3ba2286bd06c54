import { ConfigError } from "@jobs/core";
import { booleanReader } from "@jobs/core/config";
import { debugText, describeError } from "./describe-error.ts";
import type { ExitCode } from "./exit-codes.ts";
import { createOutput } from "./output.ts";
import { writeNow } from "./write-now.ts";

/**
 * Reports an error and returns the exit status. In JSON mode the error is the only document on stdout, where programs
 * read the answer; for people it is on stderr. A stack is shown only with `--debug`.
 */
export function reportError(error: unknown, argv: readonly string[]): ExitCode {
  const { exitCode, json, text } = describeError(error);
  if (isJsonAsked(argv)) createOutput(true).json({ error: json });
  else writeNow(2, `${text}\n`);
  if (isAsked(argv, "--debug")) writeNow(2, `${debugText(error)}\n`);
  return exitCode;
}

/** Known before anything is parsed, because a command line that cannot be parsed must be answered in JSON too. */
export function isJsonAsked(argv: readonly string[]): boolean {
  return isAsked(argv, "--json");
}

/** Variables of the flags that are on or off, by flag. A test compares them with the flags. */
export const SWITCH_VARIABLES = { "--json": "JOBS_JSON", "--debug": "JOBS_DEBUG" } as const;

/** @throws ConfigError for a variable of a switch that says neither yes nor no; an empty one counts as not set */
export function checkSwitchVariables(): void {
  for (const variable of Object.values(SWITCH_VARIABLES)) {
    if (isUnset(variable) || booleanReader.read(process.env[variable]) !== undefined) continue;
    throw new ConfigError(`${variable} must be ${booleanReader.expected}.`);
  }
}

function isUnset(variable: string): boolean {
  return (process.env[variable] ?? "") === "";
}

function isAsked(argv: readonly string[], flag: keyof typeof SWITCH_VARIABLES): boolean {
  const variable = SWITCH_VARIABLES[flag];
  const separator = argv.indexOf("--");
  const flags = separator < 0 ? argv : argv.slice(0, separator);
  return flags.includes(flag) || (!isUnset(variable) && booleanReader.read(process.env[variable]) === true);
}
