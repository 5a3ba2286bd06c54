import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { createOutput, type Output } from "../output/output.ts";
import { Command } from "./oclif.ts";
import { oclifConfig } from "./oclif-config.ts";

/** A command class as the table of commands knows it. */
export interface JobsCommandClass extends Pick<typeof Command, "flags" | "args" | "examples" | "usage"> {
  new (argv: string[], output: Output): JobsCommand;
  id: string;
}

/**
 * The root of all commands. oclif parses; output, errors and exit codes are handled once, by `main`, because oclif's
 * own JSON mode turns every exit code into 1 and prints the parser's state with an error.
 */
export abstract class JobsCommand extends Command {
  protected readonly output: Output;

  constructor(argv: string[], output: Output = createOutput(false)) {
    super(argv, oclifConfig);
    this.output = output;
  }

  /** Runs the command and tells its exit status; rejects with whatever went wrong, untouched. */
  async execute(): Promise<ExitCode> {
    const exitCode = await this._run<ExitCode | undefined>();
    return exitCode ?? EXIT.ok;
  }

  /** oclif's own looks at plugins and deprecations, of which there are none. */
  override async init(): Promise<void> {}

  override async catch(error: Error): Promise<never> {
    throw error;
  }

  /** JSON is written by the command itself: never twice. */
  override jsonEnabled(): boolean {
    return false;
  }
}
