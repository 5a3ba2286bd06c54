import { withVariables } from "./base/flag-variables.ts";
import { COMMANDS } from "./command-table.ts";
import { findCommand } from "./find-command.ts";
import { rootHelp } from "./help/root-help.ts";
import { surviveClosedPipes } from "./output/closed-pipes.ts";
import { debugText, describeError } from "./output/describe-error.ts";
import { EXIT, type ExitCode } from "./output/exit-codes.ts";
import { createOutput, type Output } from "./output/output.ts";

/** Runs one command line and tells the exit status. Everything that can be thrown ends here. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  const output = createOutput(isAsked(argv, "--json", "JOBS_JSON"));
  try {
    return await dispatch(argv, output);
  } catch (error) {
    const { exitCode, json, text } = describeError(error);
    if (output.isJson) output.json({ error: json });
    else process.stderr.write(`${text}\n`);
    if (isAsked(argv, "--debug", "JOBS_DEBUG")) process.stderr.write(`${debugText(error)}\n`);
    return exitCode;
  }
}

async function dispatch(argv: readonly string[], output: Output): Promise<ExitCode> {
  const found = findCommand(argv, Object.keys(COMMANDS));
  surviveClosedPipes(found.type === "command" && found.id === "worker" ? "go on" : "end");
  const id = found.type === "command" ? found.id : found.topic;
  const entry = COMMANDS[id];
  if (entry === undefined) {
    output.raw(rootHelp(COMMANDS, id));
    return EXIT.ok;
  }
  const { default: Command } = await entry.load();
  Command.id = id;
  if (found.type === "help") {
    const { commandHelp } = await import("./help/command-help.ts");
    output.raw(commandHelp(id, entry.summary, Command));
    return EXIT.ok;
  }
  Command.flags = withVariables(id, Command.flags);
  return new Command(found.argv, output).execute();
}

/** Known before anything is parsed, because a command line that cannot be parsed must be answered in JSON too. */
function isAsked(argv: readonly string[], flag: string, variable: string): boolean {
  const separator = argv.indexOf("--");
  const flags = separator < 0 ? argv : argv.slice(0, separator);
  return (
    flags.includes(flag) || ["1", "true", "yes", "y"].includes(process.env[variable]?.toLowerCase() ?? "")
  );
}
