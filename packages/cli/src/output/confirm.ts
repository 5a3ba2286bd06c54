import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { CliError } from "./cli-error.ts";
import { printable } from "./printable.ts";

/** Where a question is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** The answer beforehand. */
export interface Answer {
  /** Whether `--yes` was given. */
  readonly isYes: boolean;
  /** For a command without a terminal. Default: it has `--yes` and `--dry-run`. */
  readonly hint?: string;
}

/**
 * Asks before something is destroyed; `--yes` answers beforehand.
 * @throws CliError `not_confirmed` for any answer but yes, and without a terminal.
 */
export async function confirm(
  question: string,
  { isYes, hint = "Add --yes to do it, or --dry-run to see what it would do." }: Answer,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (isYes) return;
  if (!input.isTTY || !output.isTTY) {
    throw new CliError("not_confirmed", `${question} There is no terminal to ask on.`, {
      hint,
    });
  }
  const terminal = createInterface({ input, output });
  // The end of the input also counts as an answer; otherwise the question would wait for ever.
  const ended = once(terminal, "close").then(() => "");
  const answer = await Promise.race([terminal.question(`${printable(question)} [y/N] `), ended]);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError("not_confirmed", "nothing was changed.");
}
