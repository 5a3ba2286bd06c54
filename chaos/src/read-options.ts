import { type ParseArgsConfig, parseArgs } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The values of the options of a command. A wrong one ends the process with {@link refuse}. */
export function readOptions<const Read extends Options>(
  options: Read,
  usage: string,
): ReturnType<typeof parseArgs<{ options: Read }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(error, usage);
  }
}

/** Ends the process with code 2: says what is wrong with the options, and how they are written. */
export function refuse(reason: unknown, usage: string): never {
  process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n\n${usage}\n`);
  process.exit(2);
}
