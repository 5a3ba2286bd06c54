import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { idArg, QUEUES_FLAG } from "../../base/name-flags.ts";
import { withApp } from "../../base/with-app.ts";
import { describeMessage } from "../../queues/describe-message.ts";
import { findJob } from "../../queues/find-job.ts";
import { PARAMS_FLAGS, paramsView } from "../../queues/params-view.ts";
import { jobLogOf, printJob } from "../../queues/print-job.ts";
import { selectQueues } from "../../queues/selected-queues.ts";

export default class DlqShow extends JobsCommand {
  static override args = {
    id: idArg({ description: "The job's id.", required: true }),
  };
  static override flags = {
    ...QUEUES_FLAG,
    ...PARAMS_FLAGS,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs dlq show 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50 --params"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(DlqShow);
    await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const { message, name } = await findJob(await selectQueues(app, flags.queues), args.id, ["dead"]);
      const log = await jobLogOf(app, args.id);
      printJob({ ...describeMessage(message, name, paramsView(app, flags)), log }, this.output);
    });
  }
}
