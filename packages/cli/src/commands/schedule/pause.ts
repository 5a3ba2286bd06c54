import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { SCHEDULE_ARG } from "../../base/schedule-arg.ts";
import { withApp } from "../../base/with-app.ts";
import { switchSchedule } from "../../schedules/switch-schedule.ts";

export default class SchedulePause extends JobsCommand {
  static override args = SCHEDULE_ARG;
  static override flags = { ...DRY_RUN_FLAG, ...PROJECT_FLAGS, ...TIMEOUT_FLAG, ...GLOBAL_FLAGS };
  static override examples = ["jobs schedule pause nightly"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(SchedulePause);
    const change = { schedule: args.schedule, to: "paused", isDryRun: flags["dry-run"] } as const;
    await withApp({ flags }, ({ app }) => switchSchedule(app, change, this.output));
  }
}
