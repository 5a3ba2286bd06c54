import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { describeSetting, settingText } from "../project/describe-setting.ts";
import { searchedFiles, searchedText } from "../project/find-config-file.ts";
import { openApp } from "../project/open-app.ts";

export default class Config extends JobsCommand {
  static override flags = { ...PROJECT_FLAGS, ...GLOBAL_FLAGS };
  static override examples = ["jobs config", "jobs config --json"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Config);
    await using opened = await openApp({ flags, isAppOptional: true, hasBroker: false });
    const { app, project } = opened;
    const settings = app.config.entries().map(describeSetting);
    if (this.output.isJson) {
      const searched = searchedFiles(project.cwd, flags.app);
      this.output.json({ schema: "jobs.config/1", file: project.file?.path ?? null, searched, settings });
      return;
    }
    this.output.line(`file: ${project.file?.path ?? "none"}`);
    this.output.line(`searched: ${flags.config ?? searchedText(project.cwd, flags.app)}`);
    const { tableLines } = await import("../output/table.ts");
    const columns = ["setting", "value", "from", "where"].map((title) => ({ title }));
    const rows = settings.map((setting) => [
      setting.key,
      settingText(setting),
      setting.layer,
      setting.where ?? "",
    ]);
    for (const line of tableLines(columns, rows)) this.output.line(line);
  }
}
