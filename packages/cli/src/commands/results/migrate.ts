import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { chosenSchema } from "../../project/choose-results.ts";
import { openApp } from "../../project/open-app.ts";

export default class ResultsMigrate extends JobsCommand {
  static override flags = { ...PROJECT_FLAGS, ...GLOBAL_FLAGS };
  static override examples = ["jobs results migrate --results postgres://owner@db/jobs"];

  async run(): Promise<void> {
    const { flags } = await this.parse(ResultsMigrate);
    await using opened = await openApp({ flags, isAppOptional: true, hasBroker: false });
    const { schema, options } = await chosenSchema(opened.app.config, opened.project);
    const { from, to } = await schema.migrate(options);
    if (this.output.isJson) return this.output.json({ from, to });
    this.output.line(from === to ? `nothing to do: version ${to}` : `migrated from version ${from} to ${to}`);
  }
}
