import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { findPostgres } from "../../results/postgres-package.ts";

export default class ResultsMigrate extends JobsCommand {
  static override flags = { ...PROJECT_FLAGS, ...GLOBAL_FLAGS };
  static override examples = ["jobs results migrate --results postgres://owner@db/jobs"];

  async run(): Promise<void> {
    const { flags } = await this.parse(ResultsMigrate);
    const { package: postgres, options } = await findPostgres(flags);
    const { from, to } = await postgres.migrateResults(options);
    if (this.output.isJson) return this.output.json({ from, to });
    this.output.line(from === to ? `nothing to do: version ${to}` : `migrated from version ${from} to ${to}`);
  }
}
