import { resolve } from "node:path";
import { isError } from "@jobs/core/runtime";
import type { CreateError } from "@jobs/create";
import { DRY_RUN_FLAG, GLOBAL_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Args, Flags } from "../base/oclif.ts";
import { toggle } from "../base/toggle.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { printable } from "../output/printable.ts";

const SCHEMA = "jobs.init/1";

export default class Init extends JobsCommand {
  static override args = {
    folder: Args.string({ description: "Where to write it. Default: the current folder." }),
  };
  static override flags = {
    broker: Flags.string({ description: "Broker to begin with. Default: one that needs no server." }),
    javascript: toggle({ description: "JavaScript instead of TypeScript." }),
    install: toggle({
      description: "Install the packages, and run the first job where the broker needs no server.",
      allowNo: true,
      default: true,
    }),
    ...DRY_RUN_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs init", "jobs init shop --broker redis --no-install"];

  async run(): Promise<ExitCode> {
    const { flags, args } = await this.parse(Init);
    const { findBroker, packageManagerOf, planProject, startProject, writeProject } = await import(
      "@jobs/create"
    );
    const choices = orRefuse(() => ({
      folder: resolve(args.folder ?? "."),
      broker: findBroker(flags.broker),
      language: flags.javascript ? ("javascript" as const) : ("typescript" as const),
      packageManager: packageManagerOf(process.env.npm_config_user_agent),
    }));
    const files = orRefuse(() => planProject(choices));
    const written = [...files.keys()];
    if (flags["dry-run"]) {
      if (this.output.isJson) this.output.json({ schema: SCHEMA, written, isDryRun: true });
      else this.output.line(`would write ${written.map(printable).join(", ")}`);
      return EXIT.ok;
    }
    writeProject(choices.folder, files);
    if (!this.output.isJson) this.output.line(`wrote ${written.map(printable).join(", ")}`);
    const { isOk, nextSteps } = startProject(choices, { isInstalled: flags.install });
    if (this.output.isJson) this.output.json({ schema: SCHEMA, written, isDryRun: false, isOk, nextSteps });
    else
      for (const line of ["Next:", ...nextSteps.map((step) => `  ${printable(step)}`)])
        this.output.line(line);
    return isOk ? EXIT.ok : EXIT.no;
  }
}

function orRefuse<Value>(create: () => Value): Value {
  try {
    return create();
  } catch (error) {
    if (!isCreateError(error)) throw error;
    throw new CliError("refused", error.message, { hint: `${error.hint}.` });
  }
}

/** By its name: the class is in a package that is loaded only here. */
function isCreateError(error: unknown): error is CreateError {
  return isError(error) && error.name === "CreateError";
}
