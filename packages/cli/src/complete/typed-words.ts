import type { FlagInput } from "@oclif/core/interfaces";

/** What was typed before the word that is completed. */
export interface TypedWords {
  /** The last value of each flag; `true` for a flag without one. */
  readonly flags: Readonly<Record<string, string | true>>;
  /** All words that are neither flags nor values of flags. */
  readonly args: readonly string[];
  /** The flag whose value is completed. */
  readonly open: string | undefined;
}

/** Reads flags and arguments as far as they are typed. Unlike the parser it takes what is missing or wrong. */
export function readTyped(words: readonly string[], known: FlagInput): TypedWords {
  const flags: Record<string, string | true> = {};
  const args: string[] = [];
  let open: string | undefined;
  for (const word of words) {
    if (open !== undefined) {
      flags[open] = word;
      open = undefined;
      continue;
    }
    const [, name = nameOfLetter(word, known), value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) {
      if (!word.startsWith("-")) args.push(word);
    } else if (value === undefined && known[name]?.type === "option") open = name;
    else flags[name] = value ?? true;
  }
  return { flags, args, open };
}

/** `-c` is the flag with this letter. */
function nameOfLetter(word: string, known: FlagInput): string | undefined {
  if (!/^-\w$/.test(word)) return undefined;
  return Object.entries(known).find(([, { char }]) => char === word[1])?.[0];
}
