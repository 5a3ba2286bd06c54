import { didYouMean, isError } from "@jobs/core/runtime";
import type {
  ArgInput,
  FlagInput,
  Input,
  OutputArgs,
  OutputFlags,
  ParserOutput,
} from "@oclif/core/interfaces";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { createOutput, type Output } from "../output/output.ts";
import { parseMessage } from "../output/parse-message.ts";
import { parse } from "./oclif.ts";
import { BIN } from "./program.ts";

/** A command class as the table of commands knows it. */
export interface JobsCommandClass
  extends Pick<typeof JobsCommand, "id" | "flags" | "args" | "examples" | "usage"> {
  new (argv: string[], output: Output): JobsCommand;
}

/**
 * The root of all commands. Describes itself and is parsed like oclif's commands, but does not extend their class.
 * `main` handles output, errors and exit codes once. In JSON mode oclif's own class turns every exit code into 1. It
 * prints the parser's state with an error. Loading it takes longer than most commands run.
 */
export abstract class JobsCommand {
  /** What is typed; set by `main`. */
  static id = "";
  static args: ArgInput = {};
  static flags: FlagInput = {};
  static examples: string[] = [];
  /** Default: made of arguments and flags. */
  static usage: string | undefined;
  /** Flags whose value may be left out, with the value that they have then. */
  static optionalValues: Readonly<Record<string, string>> = {};
  /** Whether words beyond the arguments are refused. */
  static strict = true;

  protected readonly output: Output;
  readonly #argv: string[];

  constructor(argv: string[], output: Output = createOutput(false)) {
    this.#argv = argv;
    this.output = output;
  }

  /** Does the command's work. Rejects with the original error. */
  abstract run(): Promise<ExitCode> | Promise<void>;

  /** Runs the command and resolves with its exit status. */
  async execute(): Promise<ExitCode> {
    return (await this.run()) ?? EXIT.ok;
  }

  /**
   * Parses the words after the command as its flags and arguments.
   * @throws CliError `usage` for an unknown flag, with a suggestion · errors of oclif and of a flag's `parse` ·
   * ConfigError for an invalid variable
   */
  protected async parse<
    F extends OutputFlags<FlagInput>,
    B extends OutputFlags<FlagInput>,
    A extends OutputArgs<ArgInput>,
  >(command: Input<F, B, A>): Promise<ParserOutput<F, B, A>> {
    const { optionalValues } = this.constructor as typeof JobsCommand;
    try {
      return await parse(withValues(this.#argv, optionalValues), command);
    } catch (error) {
      const flags = command.flags ?? {};
      const { id } = this.constructor as typeof JobsCommand;
      throw (
        withSuggestion(error, flags, id) ??
        (await ofVariable(error, this.#argv, flags)) ??
        withChoice(error) ??
        error
      );
    }
  }
}

/** Adds the values that were left out: a flag has none at the end of the line, and before another flag. */
function withValues(argv: readonly string[], values: Readonly<Record<string, string>>): string[] {
  return argv.map((word, index) => {
    const name = word.slice("--".length);
    const isBare = word.startsWith("--") && Object.hasOwn(values, name);
    return isBare && (argv[index + 1] ?? "-").startsWith("-") ? `${word}=${values[name]}` : word;
  });
}

/** Adds the flag that was probably meant to oclif's error about unknown flags. */
function withSuggestion(error: unknown, flags: FlagInput, id: string): CliError | undefined {
  if (!isError(error) || !("flags" in error) || !Array.isArray(error.flags)) return undefined;
  const meant = error.flags.map((flag) => didYouMean(String(flag).replace(/^-+/, ""), Object.keys(flags)));
  const [hint = `${BIN} ${id} --help shows all flags.`] = meant.flatMap((name) =>
    name === undefined ? [] : [`Did you mean --${name}?`],
  );
  return new CliError("usage", error.message, { hint, cause: error });
}

/** Adds the value that was probably meant to oclif's error about a value that is not among those that a flag takes. */
function withChoice(error: unknown): CliError | undefined {
  if (!isError(error)) return undefined;
  const [before = "", choices] = error.message.split("\n", 1)[0]?.split(" to be one of: ") ?? [];
  // `Expected --flag=value`, and an argument without a flag.
  const typed = before.replace(/^Expected (?:--[\w-]+=)?/, "");
  const meant = choices === undefined ? undefined : didYouMean(typed, choices.split(", "));
  if (meant === undefined) return undefined;
  return new CliError("usage", error.message, { hint: `Did you mean ${meant}?`, cause: error });
}

/** The parser names a flag even when its value came from a variable, so the error must name the variable. */
async function ofVariable(
  error: unknown,
  argv: readonly string[],
  flags: FlagInput,
): Promise<Error | undefined> {
  const { ConfigError } = await import("@jobs/core");
  const { describeThrown } = await import("@jobs/core/runtime");
  const message = parseMessage(describeThrown(error));
  const name = /^--([\w-]+)/.exec(message)?.[1] ?? "";
  const variable = flags[name]?.env;
  const isTyped = argv.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (variable === undefined || process.env[variable] === undefined || isTyped) return undefined;
  return new ConfigError(message.replace(`--${name}`, variable), { cause: error });
}
