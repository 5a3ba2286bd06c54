import { COMMANDS } from "./command-table.ts";
import { findCommand } from "./find-command.ts";
import { rootHelp } from "./help/root-help.ts";
import { surviveClosedPipes, written } from "./output/closed-pipes.ts";
import { EXIT, type ExitCode } from "./output/exit-codes.ts";
import { createOutput } from "./output/output.ts";
import { checkSwitchVariables, isJsonAsked, reportError } from "./output/report-error.ts";
import { reportOtherEnds } from "./output/report-other-ends.ts";

/** Runs one command line and resolves with the exit status. It catches every error. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  // Its reader is a shell, so an error in JSON would be taken for words.
  if (argv[0] === "complete") delete process.env.JOBS_JSON;
  const done = reportOtherEnds(argv);
  try {
    return await written(await codeOf(argv));
  } finally {
    done();
  }
}

async function codeOf(argv: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(argv);
  } catch (error) {
    return reportError(error, argv);
  }
}

/** Loads only the class of the command. Help about all commands loads none. */
async function dispatch(argv: readonly string[]): Promise<ExitCode> {
  if (argv[0] === "complete") return complete(argv);
  const found = findCommand(argv, Object.keys(COMMANDS));
  const isJson = isJsonAsked(argv);
  const isWorker = found.type === "command" && found.id === "worker";
  surviveClosedPipes(isWorker ? "go on" : "end", isJson || !isWorker);
  const id = found.type === "command" ? found.id : found.topic;
  const output = createOutput(isJson);
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
  checkSwitchVariables();
  return new Command(found.argv, output).execute();
}

/** A verb that shells call: `jobs complete -- WORD…`. It is not in the table, since people do not type it. */
async function complete(argv: readonly string[]): Promise<ExitCode> {
  surviveClosedPipes("end", true);
  const { complete } = await import("./complete/complete.ts");
  await complete(argv.slice(argv[1] === "--" ? 2 : 1), COMMANDS);
  return EXIT.ok;
}
