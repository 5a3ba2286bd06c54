import type { JobsCommandClass } from "../base/jobs-command.ts";
import type { Candidate, ProjectNames } from "./project-names.ts";
import type { TypedWords } from "./typed-words.ts";

/** A command whose words are completed. */
export interface CommandParts {
  readonly id: string;
  readonly command: Pick<JobsCommandClass, "args" | "flags">;
  readonly typed: TypedWords;
  readonly names: ProjectNames;
}

/** What stands for all words of a list, or for a value of a kind. */
type Found = Promise<readonly Candidate[] | "files">;

const NONE: readonly Candidate[] = [];

/** Values of flags by what the help shows for them. */
const BY_HELP_VALUE: Readonly<Record<string, (names: ProjectNames) => Found>> = {
  QUEUE: (names) => names.queues(),
  "a,b": (names) => names.queues(),
  FILE: async () => "files",
  "FILE.ndjson|-": async () => "files",
};

/** Values of flags of settings, whose help shows no kind. */
const BY_FLAG: Readonly<Record<string, (names: ProjectNames) => Found>> = {
  broker: (names) => names.stores("broker"),
  results: (names) => names.stores("results"),
  history: (names) => names.stores("history"),
  queues: (names) => names.queues(),
};

/** Values of arguments by name. */
const BY_ARGUMENT: Readonly<Record<string, (names: ProjectNames, id: string) => Found>> = {
  task: (names) => names.tasks(),
  queue: (names) => names.queues(),
  schedule: (names) => names.schedules(),
  id: (names, id) => names.ids(id.startsWith("dlq") ? "dead" : "any"),
  ids: (names) => names.ids("dead"),
  harness: async () => "files",
};

/** All flags that can still be given. */
export function completeFlags({ command, typed }: CommandParts): readonly Candidate[] {
  return Object.entries(command.flags).flatMap(([name, flag]) => {
    if (flag.hidden || (Object.hasOwn(typed.flags, name) && !("multiple" in flag && flag.multiple)))
      return [];
    const text = flag.description ?? "";
    const isSwitch = flag.type === "boolean" && flag.allowNo === true;
    return [{ value: `--${name}`, text }, ...(isSwitch ? [{ value: `--no-${name}`, text }] : [])];
  });
}

/** Values of a flag. In a list with commas only the last one is completed. */
export async function completeValue(
  name: string,
  { command, names, current }: CommandParts & { readonly current: string },
): Found {
  const flag = command.flags[name] as
    | { readonly options?: readonly string[]; readonly helpValue?: string }
    | undefined;
  if (flag?.options !== undefined) return flag.options.map((value) => ({ value }));
  const byHelp = Object.entries(BY_HELP_VALUE).find(([shown]) => shown === flag?.helpValue)?.[1];
  const values = await (byHelp ?? BY_FLAG[name])?.(names);
  if (values === undefined || values === "files") return values ?? NONE;
  const list = current.slice(0, current.lastIndexOf(",") + 1);
  return values.map(({ value, ...more }) => ({ value: `${list}${value}`, ...more }));
}

/** The next argument, or a parameter of the task that was named. */
export async function completeArgument({ id, command, typed, names }: CommandParts, current: string): Found {
  const known = Object.keys(command.args);
  const [task] = typed.args;
  if (known[0] === "task" && task !== undefined) {
    return /^[^=]+=@/.test(current) ? "files" : names.params(task, typed.args.slice(1));
  }
  const name = known[typed.args.length] ?? (known.at(-1) === "ids" ? "ids" : "");
  const options = command.args[name]?.options;
  if (options !== undefined) return options.map((value) => ({ value }));
  return (await BY_ARGUMENT[name]?.(names, id)) ?? NONE;
}
