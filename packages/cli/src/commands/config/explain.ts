import { type App, isJobsError } from "@jobs/core";
import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Args } from "../../base/oclif.ts";
import { CliError } from "../../output/cli-error.ts";
import { printable } from "../../output/printable.ts";
import { type DescribedValue, describeSetting, settingText } from "../../project/describe-setting.ts";
import { openApp } from "../../project/open-app.ts";

export default class ConfigExplain extends JobsCommand {
  static override args = {
    key: Args.string({ description: "The setting.", required: true, ignoreStdin: true }),
  };
  static override flags = { ...PROJECT_FLAGS, ...GLOBAL_FLAGS };
  static override examples = [
    "jobs config explain worker.concurrency",
    "jobs config explain my_task.timeout",
  ];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(ConfigExplain);
    await using opened = await openApp({ flags, isAppOptional: true, hasBroker: false });
    const setting = describeSetting(explain(opened.app, args.key));
    if (this.output.isJson) {
      this.output.json({ schema: "jobs.setting/1", ...setting });
      return;
    }
    const { key, shadowed } = setting;
    this.output.line(`${key} = ${originText(key, setting)}`);
    for (const value of shadowed) this.output.line(`  shadows ${originText(key, value)}`);
  }
}

/** @throws CliError `usage` if there is no such setting */
function explain({ config }: App, key: string): ReturnType<App["config"]["explain"]> {
  try {
    return config.explain(key);
  } catch (error) {
    if (!isJobsError(error, "invalid_config")) throw error;
    throw new CliError("usage", error.message, { hint: error.hint, cause: error });
  }
}

function originText(key: string, { value, layer, where }: DescribedValue): string {
  const text = settingText({ key, value });
  return printable(`${text} (${layer}${where === undefined ? "" : `: ${where}`})`);
}
