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
      flags: Object.fromEntries(flags.map(([name, flag]) => [name, describeFlag(flag)])),
      examples: (command.examples ?? []).map(String),
    };
  }
  return described;
}

function describeFlag(flag: OclifFlag): FlagDescription {
  const variable = flag.env ?? flag.variable;
  const value = flag.options?.join("|") ?? flag.helpValue ?? "VALUE";
  return {
    ...(flag.char === undefined ? {} : { char: flag.char }),
    ...(flag.type === "option" ? { value } : {}),
    ...(variable === undefined ? {} : { variable }),
    description: flag.description ?? "",
    ...(flag.hidden ? { isHidden: true } : {}),
  };
}

/** Variables of global flags: the configuration must not take them for typing errors. */
export async function cliVariables(): Promise<readonly string[]> {
  const variables = new Set<string>();
  for (const { load } of Object.values(COMMANDS)) {
    const { default: command } = await load();
    for (const { env } of Object.values(command.flags as Record<string, OclifFlag>)) {
      if (env !== undefined) variables.add(env);
    }
  }
  return [...variables].sort();
}
