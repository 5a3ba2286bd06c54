import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Args, Flags } from "../../base/oclif.ts";
import { chosenSchema } from "../../project/choose-results.ts";
import { openApp } from "../../project/open-app.ts";

export default class ResultsGrants extends JobsCommand {
  static override args = {
    role: Args.string({ description: "An existing role.", required: true, ignoreStdin: true }),
  };
  static override flags = {
    access: Flags.option({
      description:
        "worker sends, receives and writes results, producer only sends, admin also purges, monitor writes the history, reader reads. Default worker.",
      options: ["worker", "producer", "admin", "monitor", "reader"] as const,
    })(),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs results grants worker --results postgres | psql postgres://owner@db/jobs",
  ];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(ResultsGrants);
    await using opened = await openApp({ flags, isAppOptional: true, hasBroker: false });
    const { schema, options } = await chosenSchema(opened.app.config, opened.project);
    const statements = schema.grants(args.role, flags.access, options);
    if (this.output.isJson) return this.output.json({ statements });
    for (const statement of statements) this.output.raw(`${statement}\n`);
  }
}
