import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Args, Flags } from "../../base/oclif.ts";
import { findPostgres } from "../../results/postgres-package.ts";

export default class ResultsGrants extends JobsCommand {
  static override args = {
    role: Args.string({ description: "An existing role.", required: true, ignoreStdin: true }),
  };
  static override flags = {
    access: Flags.option({
      description: "worker writes results, monitor writes events, reader looks at both. Default worker.",
      options: ["worker", "monitor", "reader"] as const,
    })(),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs results grants worker --results postgres | psql postgres://owner@db/jobs",
  ];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(ResultsGrants);
    const { package: postgres, options } = await findPostgres(flags);
    const { schema } = options;
    const statements = postgres.grantsFor({
      role: args.role,
      access: flags.access ?? "worker",
      ...(typeof schema === "string" ? { schema } : {}),
    });
    if (this.output.isJson) return this.output.json({ statements });
    for (const statement of statements) this.output.raw(`${statement}\n`);
  }
}
