import { asCalled, BIN, VERSION } from "../base/program.ts";
import type { CommandEntry } from "../command-table.ts";

/** The list of all commands, or of one group. Loads none of their code. */
export function rootHelp(commands: Readonly<Record<string, CommandEntry>>, group = ""): string {
  const shown = Object.entries(commands).filter(([id]) => group === "" || id.split(" ")[0] === group);
  const width = Math.max(...shown.map(([id]) => id.length));
  const lines = [
    group === "" ? `One task queue, any broker. Version ${VERSION}.` : `Commands of ${BIN} ${group}.`,
    "",
    "USAGE",
    `  $ ${BIN} ${group === "" ? "" : `${group} `}COMMAND`,
    "",
    "COMMANDS",
    ...shown.map(([id, { summary }]) => `  ${id.padEnd(width)}  ${summary}`),
    "",
    `${BIN} COMMAND --help shows the flags of a command, each with its variable, and an example.`,
    "",
  ];
  return asCalled(lines.join("\n"));
}
