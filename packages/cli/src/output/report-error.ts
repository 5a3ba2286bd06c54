import { debugText, describeError } from "./describe-error.ts";
import type { ExitCode } from "./exit-codes.ts";
import { createOutput } from "./output.ts";
import { writeNow } from "./write-now.ts";

/**
 * Tells what went wrong and the status to end with. In JSON mode the error is the only document on stdout, where
 * programs read the answer; for people it is on stderr. A stack is shown only with `--debug`.
 */
export function reportError(error: unknown, argv: readonly string[]): ExitCode {
  const { exitCode, json, text } = describeError(error);
  if (isJsonAsked(argv)) createOutput(true).json({ error: json });
  else writeNow(2, `${text}\n`);
  if (isAsked(argv, "--debug", "JOBS_DEBUG")) writeNow(2, `${debugText(error)}\n`);
  return exitCode;
}

/** Known before anything is parsed, because a command line that cannot be parsed must be answered in JSON too. */
export function isJsonAsked(argv: readonly string[]): boolean {
  return isAsked(argv, "--json", "JOBS_JSON");
}

function isAsked(argv: readonly string[], flag: string, variable: string): boolean {
  const separator = argv.indexOf("--");
  const flags = separator < 0 ? argv : argv.slice(0, separator);
  return (
    flags.includes(flag) || ["1", "true", "yes", "y"].includes(process.env[variable]?.toLowerCase() ?? "")
  );
}
