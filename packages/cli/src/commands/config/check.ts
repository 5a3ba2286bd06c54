import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { EXIT, type ExitCode } from "../../output/exit-codes.ts";
import { openApp } from "../../project/open-app.ts";

export default class ConfigCheck extends JobsCommand {
  static override flags = { ...PROJECT_FLAGS, ...GLOBAL_FLAGS };
  static override examples = ["jobs config check"];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(ConfigCheck);
    await using opened = await openApp({ flags, hasBroker: false });
    const { warnings } = opened.app.config;
    if (this.output.isJson) this.output.json({ isOk: warnings.length === 0, warnings });
    else this.output.line(warnings.length === 0 ? "ok" : `${warnings.length} warnings`);
    return warnings.length === 0 ? EXIT.ok : EXIT.no;
  }
}
