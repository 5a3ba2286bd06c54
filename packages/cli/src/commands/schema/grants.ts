import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Args, Flags } from "../../base/oclif.ts";
import { chooseSchemas } from "../../project/chosen-schemas.ts";
import { openApp } from "../../project/open-app.ts";

export default class SchemaGrants extends JobsCommand {
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
    "jobs schema grants shop_worker | psql postgres://owner@db/shop",
    "jobs schema grants analyst --access reader --broker postgres://owner@db/shop",
  ];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(SchemaGrants);
    await using opened = await openApp({ flags, isAppOptional: true, hasBroker: false });
    await using chosen = await chooseSchemas(opened);
    const stores = chosen.schemas.map((schema) => ({
      name: schema.name,
      statements: schema.grants(args.role, flags.access),
    }));
    if (this.output.isJson) return this.output.json({ schema: "jobs.schema-grants/1", stores });
    for (const { name, statements } of stores) {
      if (stores.length > 1) this.output.raw(`-- ${name}\n`);
      for (const statement of statements) this.output.raw(`${statement}\n`);
    }
  }
}
