import { ROOT_SETTINGS, type Setting, TASK_SETTINGS, variableOf, WORKER_SETTINGS } from "@jobs/core/config";
import { EXIT } from "../../src/output/exit-codes.ts";
import { type CommandDescription, describeCommands, type FlagDescription } from "./describe-commands.ts";

const START = "<!-- generated: start -->";
const END = "<!-- generated: end -->";

/** The file with what stands between its two marks replaced. */
export function withGenerated(text: string, generated: string): string {
  const [before, rest = ""] = text.split(START);
  const after = rest.split(END)[1];
  if (after === undefined) throw new Error(`the file needs the marks ${START} and ${END}`);
  return `${before}${START}\n\n${generated.trim()}\n\n${END}${after}`;
}

/** All commands with their flags. */
export async function commandReference(): Promise<string> {
  const commands = Object.entries(await describeCommands());
  const globals = commonFlags(commands.map(([, command]) => command));
  const sections = commands.map(([id, command]) => commandSection(id, command, globals));
  const common = commands[0]?.[1].flags ?? {};
  return [
    "### Flags of every command",
    "",
    flagTable(Object.entries(common).filter(([name]) => globals.has(name))),
    "",
    ...sections,
  ].join("\n");
}

function commonFlags(commands: readonly CommandDescription[]): ReadonlySet<string> {
  const [first, ...others] = commands.map(({ flags }) => Object.keys(flags));
  return new Set(first?.filter((name) => others.every((names) => names.includes(name))));
}

function commandSection(id: string, command: CommandDescription, globals: ReadonlySet<string>): string {
  const flags = Object.entries(command.flags).filter(([name, flag]) => !globals.has(name) && !flag.isHidden);
  const args = Object.entries(command.args).map(([name, text]) => `- \`${name.toUpperCase()}\`: ${text}`);
  const lines = [`### jobs ${id}`, "", command.summary, ""];
  if (args.length > 0) lines.push(...args, "");
  lines.push("```sh", ...command.examples, "```", "");
  if (flags.length > 0) lines.push(flagTable(flags), "");
  return lines.join("\n");
}

function flagTable(flags: readonly (readonly [string, FlagDescription])[]): string {
  const rows = flags.map(([name, { char, value, variable, description }]) => {
    const short = char === undefined ? "" : `-${char}, `;
    const written = `\`${short}--${name}${value === undefined ? "" : ` ${value.replaceAll("|", "\\|")}`}\``;
    return `| ${written} | ${variable === undefined ? "" : `\`${variable}\``} | ${description} |`;
  });
  return ["| flag | variable | |", "|---|---|---|", ...rows].join("\n");
}

/** All settings with defaults and variables. */
export function settingReference(): string {
  return [
    "### At the top",
    "",
    settingTable("", ROOT_SETTINGS),
    "",
    "### Section `worker`",
    "",
    settingTable("worker.", WORKER_SETTINGS),
    "",
    "### Sections `tasks.<name>` and `tasks.DEFAULT`",
    "",
    settingTable("tasks.<NAME>.", TASK_SETTINGS),
  ].join("\n");
}

function settingTable(section: string, settings: Readonly<Record<string, Setting>>): string {
  const rows = Object.values(settings).map((setting) => {
    const variable = variableOf(`${section}${setting.key}`).replace("_NAME_", "<NAME>");
    const fallback = setting.default === undefined || setting.default === "" ? "" : `\`${setting.default}\``;
    return `| \`${setting.key}\` | \`${variable}\` | ${fallback} | ${setting.description} Must be ${setting.reader.expected}. |`;
  });
  return ["| key | variable | default | |", "|---|---|---|---|", ...rows].join("\n");
}

/** All exit statuses by name. */
export function exitNumbers(): readonly number[] {
  return [...new Set(Object.values(EXIT))];
}
