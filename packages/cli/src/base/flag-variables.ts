/** What this module needs of a flag of oclif. */
interface AnyFlag {
  readonly env?: string | undefined;
  /** The twin of a setting's flag; read by the configuration, not by the parser. */
  readonly variable?: string;
}

/** Flags that make no sense in an environment. */
const WITHOUT_VARIABLE = ["help", "hosted"];

/** The variable of every flag: its own, its setting's, or `JOBS_<COMMAND>_<FLAG>`. */
export function variableOfFlag(command: string, name: string, flag: AnyFlag): string | undefined {
  if (WITHOUT_VARIABLE.includes(name)) return undefined;
  return flag.env ?? flag.variable ?? `JOBS_${command} ${name}`.replace(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

/** The flags as the parser wants them: each reads its variable, but for those of settings. */
export function withVariables<Flags extends object>(command: string, flags: Flags): Flags {
  return mapFlags(flags, (name, flag) => {
    const env = "variable" in flag ? undefined : variableOfFlag(command, name, flag);
    return env === undefined ? flag : { ...flag, env };
  });
}

/** The flags as the help wants them: each shows its variable, settings included. */
export function withShownVariables<Flags extends object>(command: string, flags: Flags): Flags {
  return mapFlags(flags, (name, flag) => {
    const env = variableOfFlag(command, name, flag);
    return env === undefined ? { ...flag } : { ...flag, env };
  });
}

function mapFlags<Flags extends object>(flags: Flags, map: (name: string, flag: AnyFlag) => AnyFlag): Flags {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, map(name, flag)])) as Flags;
}
