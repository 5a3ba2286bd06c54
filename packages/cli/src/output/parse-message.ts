/** What the parser says, and how this command says it; the first that fits counts. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^Nonexistent flags?: (.+)$/, "there is no flag $1."],
  [/^Missing required flag (\S+)$/, "--$1 is missing."],
  [/^Missing \d+ required args?:\s*(\S+).*$/s, "$1 is missing."],
  [/^--([^\s=]+)=.* cannot also be provided when using --(\S+)$/s, "--$1 and --$2 exclude each other."],
  [/^Expected --([^\s=]+)=.* to be one of: (.+)$/s, "--$1 must be one of $2."],
  [/^Expected .* to be one of: (.+)$/s, "the argument must be one of $1."],
  [/^Unexpected arguments?: (.+)$/s, "no such argument is expected here: $1."],
  [/^Flag (--\S+) expects (?:a|one of these) values?.*$/s, "$1 needs a value."],
  [
    /^(--\S+: )?Expected an integer (?:greater than or equal to|at least) (\S+).*$/s,
    "$1must be a whole number from $2.",
  ],
  [
    /^(--\S+: )?Expected an integer (?:less than or equal to|at most) (\S+).*$/s,
    "$1must be a whole number up to $2.",
  ],
  [/^(--\S+: )?Expected an integer.*$/s, "$1must be a whole number."],
];

/**
 * The parser's message as a sentence of this command. It adds words to the message of every invalid flag, quotes values
 * and adds notes. This removes all of that.
 */
export function parseMessage(written: string): string {
  const message = written
    .replaceAll("See more help with --help", "")
    .trim()
    .replace(/^The following errors? occurred:\s*/, "")
    .replace(/^Parsing (--\S+)\s+/, "$1: ");
  const [rule, sentence] = RULES.find(([one]) => one.test(message)) ?? [];
  return rule === undefined || sentence === undefined ? message : message.replace(rule, sentence);
}
