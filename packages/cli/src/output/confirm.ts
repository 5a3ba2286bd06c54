import { createInterface } from "node:readline/promises";
import { CliError } from "./cli-error.ts";
import { printable } from "./printable.ts";

/**
 * Asks before something is destroyed; `--yes` answers beforehand.
 * @throws CliError `not_confirmed` for any answer but yes, and where nobody can be asked.
 */
export async function confirm(question: string, isYes: boolean): Promise<void> {
  if (isYes) return;
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new CliError("not_confirmed", `${question} Nobody can be asked here.`, {
      hint: "Add --yes to do it, or --dry-run to see what it would do.",
    });
  }
  const terminal = createInterface({ input: stdin, output: stderr });
  const answer = await terminal.question(`${printable(question)} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError("not_confirmed", "nothing was changed.");
}
