import { didYouMean } from "@jobs/core/runtime";
import { CliError } from "./output/cli-error.ts";

/** What a command line asks for. */
export type Found =
  | { readonly type: "command"; readonly id: string; readonly argv: string[] }
  /** Help about everything, a group, or one command. */
  | { readonly type: "help"; readonly topic: string };

/**
 * Finds the command at the start of `argv`. Two words win over one: `dlq list x` is `dlq list` with `x`.
 * @throws CliError `usage` for an unknown command, with a suggestion.
 */
export function findCommand(argv: readonly string[], ids: readonly string[]): Found {
  const words = argv[0] === "help" ? argv.slice(1) : argv;
  const separator = words.indexOf("--");
  const isHelp =
    argv[0] === "help" ||
    words.length === 0 ||
    words.slice(0, separator < 0 ? undefined : separator).some((word) => word === "--help" || word === "-h");
  const [first = "", second = ""] = words.filter((word) => word === "--version" || !word.startsWith("-"));
  if (first === "--version" || (first === "" && words.includes("-v"))) {
    return { type: "command", id: "version", argv: [] };
  }
  const id = [`${first} ${second}`, first].find((candidate) => ids.includes(candidate));
  const isGroup = ids.some((candidate) => candidate.startsWith(`${first} `));
  if (isHelp && (id !== undefined || isGroup || first === "")) return { type: "help", topic: id ?? first };
  if (id !== undefined) return { type: "command", id, argv: without(words, id.split(" ")) };
  if (isGroup && second === "") return { type: "help", topic: first };
  throw unknownCommand(isGroup ? `${first} ${second}` : first, ids);
}

/** The words without those in `taken`, each left out once. */
function without(words: readonly string[], taken: readonly string[]): string[] {
  const rest = [...words];
  for (const word of taken) rest.splice(rest.indexOf(word), 1);
  return rest;
}

function unknownCommand(typed: string, ids: readonly string[]): CliError {
  const suggestion = didYouMean(typed, ids);
  return new CliError("usage", `there is no command "${typed}".`, {
    hint: suggestion === undefined ? "jobs --help lists all commands." : `Did you mean jobs ${suggestion}?`,
  });
}
