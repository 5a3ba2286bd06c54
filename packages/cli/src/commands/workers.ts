import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { withApp } from "../base/with-app.ts";

export default class Workers extends JobsCommand {
  static override flags = { ...PROJECT_FLAGS, ...TIMEOUT_FLAG, ...GLOBAL_FLAGS };
  static override examples = ["jobs workers", "jobs workers --json"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Workers);
    const workers = await withApp({ flags, isAppOptional: true, use: "look" }, ({ app }) => app.workers());
    if (this.output.isJson) return this.output.json({ schema: "jobs.workers/1", workers });
    if (workers.length === 0) return this.output.line("no worker is alive");
    const { workersLines } = await import("../workers/workers-table.ts");
    for (const line of workersLines(workers, Date.now())) this.output.line(line);
  }
}
