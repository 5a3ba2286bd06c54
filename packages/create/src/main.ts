import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeThrown } from "@jobs/core/runtime";
import { findBroker } from "./broker-choice.ts";
import { CreateError } from "./create-error.ts";
import { planProject, writeProject } from "./create-project.ts";
import { packageManagerOf } from "./package-manager.ts";
import type { ProjectChoices } from "./project-files.ts";
import { startProject } from "./start-project.ts";

const USAGE = `Write a new project of jobs, install its packages, and run its first job.

USAGE
  npm create @jobs [-- FOLDER --broker sqlite|redis|postgres|sqs --javascript --no-install]

OPTIONS
  FOLDER             Where to write it. Default: the current folder.
  --broker NAME      sqlite (default) needs no server; redis; postgres; sqs.
  --javascript       JavaScript instead of TypeScript.
  --no-install       Only write the files.
  --help             Show this help.
`;

/**
 * The command: writes the project, installs it, runs the first job where the broker needs no server.
 * @param args What stands after the command's name.
 * @returns the exit code: 0, 1 when installing or the first job failed, 2 when nothing was written
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { choices, isHelp, isInstalled } = parse(args);
    if (isHelp) {
      process.stdout.write(USAGE);
      return 0;
    }
    const files = planProject(choices);
    writeProject(choices.folder, files);
    console.log(`wrote ${[...files.keys()].join(", ")} to ${choices.folder}`);
    const { isOk, nextSteps } = startProject(choices, { isInstalled });
    console.log(`\nNext:\n${nextSteps.map((step) => `  ${step}`).join("\n")}`);
    return isOk ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    console.error(`Error: ${error.message}\nhint: ${error.hint}.`);
    return 2;
  }
}

interface CommandLine {
  readonly choices: ProjectChoices;
  readonly isHelp: boolean;
  readonly isInstalled: boolean;
}

function parse(args: readonly string[]): CommandLine {
  const { values, positionals } = readArgs(args);
  if (positionals.length > 1)
    throw usageError(`only one folder can be written; ${positionals.length} were given.`);
  return {
    choices: {
      folder: resolve(positionals[0] ?? "."),
      broker: findBroker(values.broker),
      language: values.javascript ? "javascript" : "typescript",
      packageManager: packageManagerOf(process.env.npm_config_user_agent),
    },
    isHelp: values.help,
    isInstalled: !values["no-install"],
  };
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        broker: { type: "string" },
        javascript: { type: "boolean", default: false },
        "no-install": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw usageError(describeThrown(error));
  }
}

function usageError(message: string): CreateError {
  return new CreateError("bad_usage", message, "npm create @jobs -- --help shows all options");
}
