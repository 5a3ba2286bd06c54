import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { SCHEDULE_ARG } from "../../base/schedule-arg.ts";
import { withApp } from "../../base/with-app.ts";
import { printable } from "../../output/printable.ts";
import { requireSchedule } from "../../schedules/switch-schedule.ts";

export default class ScheduleRun extends JobsCommand {
  static override args = SCHEDULE_ARG;
  static override flags = { ...DRY_RUN_FLAG, ...PROJECT_FLAGS, ...TIMEOUT_FLAG, ...GLOBAL_FLAGS };
  static override examples = ["jobs schedule run nightly"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(ScheduleRun);
    await withApp({ flags }, async ({ app }) => {
      const { task } = await requireSchedule(app, args.schedule);
      const job = await app.schedules.run(args.schedule);
      if (flags["dry-run"]) {
        if (this.output.isJson) return this.output.json({ isDryRun: true, task: task.name });
        return this.output.line(`would queue ${printable(task.name)}`);
      }
      const { id, queue, broker } = job;
      if (this.output.isJson) return this.output.json({ id, task: task.name, queue, broker });
      this.output.line(`queued ${printable(task.name)} ${printable(id)} on ${printable(queue)} (${broker})`);
    });
  }
}
