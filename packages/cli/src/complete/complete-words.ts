import type { CommandEntry } from "../command-table.ts";
import { type CommandParts, completeArgument, completeFlags, completeValue } from "./complete-parts.ts";
import type { Candidate, NamesOf } from "./project-names.ts";
import { readTyped } from "./typed-words.ts";

/** Where candidates come from. */
interface Sources {
  readonly commands: Readonly<Record<string, CommandEntry>>;
  readonly names: NamesOf;
}

/**
 * What can stand in the place of the last of `words`, which begins with that word. `files`: the name of a file.
 * Rejects as loading the project does.
 */
export async function completeWords(
  words: readonly string[],
  { commands, names }: Sources,
): Promise<readonly Candidate[] | "files"> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  const [first = "", second = ""] = before.filter((word) => !word.startsWith("-"));
  const id = [`${first} ${second}`, first].find((candidate) => Object.hasOwn(commands, candidate));
  const verbs = current.startsWith("-") ? [] : verbsAfter(id ?? first, commands);
  const entry = commands[id ?? ""];
  if (id === undefined || entry === undefined) return startingWith(current, verbs);
  const rest = wordsBehind(before, id);
  const { default: Command } = await entry.load();
  const typed = readTyped(rest, Command.flags);
  const parts: CommandParts = { id, command: Command, typed, names: names(typed) };
  const found = await completeIn(parts, current);
  return found === "files" ? found : startingWith(current, [...(rest.length === 0 ? verbs : []), ...found]);
}

async function completeIn(parts: CommandParts, current: string): Promise<readonly Candidate[] | "files"> {
  const { open } = parts.typed;
  if (open !== undefined) return completeValue(open, { ...parts, current });
  const [, name, written] = /^--([\w-]+)=(.*)$/s.exec(current) ?? [];
  if (name !== undefined) {
    const values = await completeValue(name, { ...parts, current: written ?? "" });
    return values === "files"
      ? values
      : values.map(({ value, ...more }) => ({ value: `--${name}=${value}`, ...more }));
  }
  return current.startsWith("-") ? completeFlags(parts) : completeArgument(parts, current);
}

/** First words of all commands, or the second words of a group. */
function verbsAfter(group: string, commands: Sources["commands"]): readonly Candidate[] {
  const found = new Map<string, string>();
  for (const [id, { summary }] of Object.entries(commands)) {
    const [first = "", second] = id.split(" ");
    if (group === "" && !found.has(first)) found.set(first, second === undefined ? summary : `${first} …`);
    if (group !== "" && first === group && second !== undefined) found.set(second, summary);
  }
  return [...found].map(([value, text]) => ({ value, text }));
}

function wordsBehind(before: readonly string[], id: string): readonly string[] {
  const rest = [...before];
  for (const word of id.split(" ")) rest.splice(rest.indexOf(word), 1);
  return rest;
}

function startingWith(current: string, candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(current));
}
