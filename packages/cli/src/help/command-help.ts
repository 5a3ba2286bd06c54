import { CommandHelp } from "@oclif/core/help";
import type { JobsCommandClass } from "../base/jobs-command.ts";
import { asCalled, BIN } from "../base/program.ts";

const WIDTH = 100;

/**
 * The part of oclif's configuration that the help reads. The rest is not loaded, since there are no plugins or
 * themes.
 */
const read = { bin: BIN, topicSeparator: " " };

const oclifConfig = read as unknown as ConstructorParameters<typeof CommandHelp>[1];

/** The help reads a flag's name from the flag, but the parser reads it from the key. */
function named<Parts extends object>(parts: Parts): object {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { ...part, name }]));
}

/** The flags with all their variables. The parser reads some; the configuration reads those of settings. */
function withVariables(flags: object): object {
  const shown = Object.entries(flags).map(([name, flag]: [string, { env?: string; variable?: string }]) => {
    const env = flag.env ?? flag.variable;
    return [name, env === undefined ? flag : { ...flag, env }];
  });
  return Object.fromEntries(shown);
}

/** Summary, usage, arguments, flags with their variables, and examples of one command. */
export function commandHelp(id: string, summary: string, command: JobsCommandClass): string {
  const described = {
    id,
    usage: command.usage,
    args: named(command.args),
    flags: named(withVariables(command.flags)),
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
  return asCalled(`${summary}\n\n${help.generate()}\n`);
}
