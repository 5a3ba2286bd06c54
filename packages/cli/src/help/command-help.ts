import { CommandHelp } from "@oclif/core/help";
import { withShownVariables } from "../base/flag-variables.ts";
import type { JobsCommandClass } from "../base/jobs-command.ts";
import { oclifConfig } from "./oclif-config.ts";

const WIDTH = 100;

/** The help looks for names inside, where the parser takes them from outside. */
function named<Parts extends object>(parts: Parts): object {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { ...part, name }]));
}

/** Summary, usage, arguments, flags with their variables, and examples of one command. */
export function commandHelp(id: string, summary: string, command: JobsCommandClass): string {
  const described = {
    id,
    usage: command.usage,
    args: named(command.args),
    flags: named(withShownVariables(id, command.flags)),
    examples: command.examples,
    aliases: [],
    hiddenAliases: [],
    hidden: false,
  };
  const options = { maxWidth: WIDTH, stripAnsi: true };
  const help = new CommandHelp(
    described as unknown as ConstructorParameters<typeof CommandHelp>[0],
    oclifConfig,
    options,
  );
  return `${summary}\n\n${help.generate()}\n`;
}
