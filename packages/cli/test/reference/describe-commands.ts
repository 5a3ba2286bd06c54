import { variableOfFlag } from "../../src/base/flag-variables.ts";
import { COMMANDS } from "../../src/command-table.ts";

/** A flag as it is promised to people and scripts. */
export interface FlagDescription {
  readonly char?: string;
  readonly value?: string;
  readonly variable?: string;
  readonly description: string;
  readonly isHidden?: true;
}

/** A command as it is promised to people and scripts. */
export interface CommandDescription {
  readonly summary: string;
  readonly args: Readonly<Record<string, string>>;
  readonly flags: Readonly<Record<string, FlagDescription>>;
  readonly examples: readonly string[];
}

/** What this module reads of a flag of oclif. */
interface OclifFlag {
  readonly type: "boolean" | "option";
  readonly char?: string;
  readonly description?: string;
  readonly helpValue?: string;
  readonly options?: readonly string[];
  readonly hidden?: boolean;
  readonly env?: string;
  readonly variable?: string;
}

/** Every command with its flags, loaded from the sources. */
export async function describeCommands(): Promise<Readonly<Record<string, CommandDescription>>> {
  const described: Record<string, CommandDescription> = {};
  for (const [id, { summary, load }] of Object.entries(COMMANDS)) {
    const { default: command } = await load();
    const flags = Object.entries(command.flags as Record<string, OclifFlag>).sort();
    described[id] = {
      summary,
      args: Object.fromEntries(
        Object.entries(command.args).map(([name, { description }]) => [name, description ?? ""]),
      ),
      flags: Object.fromEntries(flags.map(([name, flag]) => [name, describeFlag(id, name, flag)])),
      examples: (command.examples ?? []).map(String),
    };
  }
  return described;
}

function describeFlag(id: string, name: string, flag: OclifFlag): FlagDescription {
  const variable = variableOfFlag(id, name, flag);
  const value = flag.options?.join("|") ?? flag.helpValue ?? "VALUE";
  return {
    ...(flag.char === undefined ? {} : { char: flag.char }),
    ...(flag.type === "option" ? { value } : {}),
    ...(variable === undefined ? {} : { variable }),
    description: flag.description ?? "",
    ...(flag.hidden ? { isHidden: true } : {}),
  };
}

/** Variables of flags that are no settings: the configuration must not take them for typing errors. */
export async function cliVariables(): Promise<readonly string[]> {
  const variables = new Set<string>();
  for (const [id, { load }] of Object.entries(COMMANDS)) {
    const { default: command } = await load();
    for (const [name, flag] of Object.entries(command.flags as Record<string, OclifFlag>)) {
      const variable = variableOfFlag(id, name, flag);
      if (variable !== undefined && flag.variable === undefined) variables.add(variable);
    }
  }
  return [...variables].sort();
}
