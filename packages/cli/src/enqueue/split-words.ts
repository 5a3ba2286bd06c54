import { CliError } from "../output/cli-error.ts";

/** Text without spaces, or between quotes of either kind: `to="a b"` is one word. */
const WORD = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

/** Splits `TASK name=value …`, the text of a flag, into words as a shell does. @throws CliError `usage` for an open quote */
export function splitWords(text: string): readonly string[] {
  if (/["']/.test(text.replace(WORD, ""))) {
    throw new CliError("usage", "a quote in --then is not closed.", {
      hint: "Write --then 'TASK name=\"two words\"'.",
    });
  }
  return (text.match(WORD) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
