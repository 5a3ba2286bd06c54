import type { ParserOutput } from "@oclif/core/interfaces";

/** What stands on a command line after `taken` words: with a flag given as `--bool=true`, also the stray `true`. */
export function wordsAfter({ raw }: Pick<ParserOutput, "raw">, taken: number): readonly string[] {
  const words = raw.filter((token) => token.type === "arg").map((token) => token.input);
  return words.slice(taken);
}
