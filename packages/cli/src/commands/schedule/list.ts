import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { withApp } from "../../base/with-app.ts";
import { describeSchedule, scheduleRow } from "../../schedules/describe-schedule.ts";

const COLUMNS = [
  { title: "schedule" },
  { title: "due" },
  { title: "task" },
  { title: "state" },
  { title: "last" },
  { title: "next" },
] as const;

export default class ScheduleList extends JobsCommand {
  static override flags = { ...PROJECT_FLAGS, ...TIMEOUT_FLAG, ...GLOBAL_FLAGS };
  static override examples = ["jobs schedule list", "jobs schedule list --json"];

  async run(): Promise<void> {
    const { flags } = await this.parse(ScheduleList);
    const states = await withApp({ flags, use: "look" }, ({ app }) => app.schedules.list());
    if (this.output.isJson)
      return this.output.json({ schema: "jobs.schedules/1", schedules: states.map(describeSchedule) });
    if (states.length === 0) return this.output.line("none");
    const { tableLines } = await import("../../output/table.ts");
    for (const line of tableLines(COLUMNS, states.map(scheduleRow))) this.output.line(line);
  }
}
