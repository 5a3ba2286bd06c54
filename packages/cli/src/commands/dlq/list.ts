import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { QUEUES_FLAG } from "../../base/name-flags.ts";
import { Flags } from "../../base/oclif.ts";
import { withApp } from "../../base/with-app.ts";
import { deadLetters } from "../../queues/dead-letters.ts";
import { type DescribedJob, describeMessage } from "../../queues/describe-message.ts";
import { PARAMS_FLAGS, paramsView } from "../../queues/params-view.ts";
import { printJobs } from "../../queues/print-jobs.ts";
import { selectQueues } from "../../queues/selected-queues.ts";

export default class DlqList extends JobsCommand {
  static override flags = {
    ...QUEUES_FLAG,
    limit: Flags.integer({
      description: "At most this many of each queue, oldest first.",
      min: 1,
      default: 100,
    }),
    ...PARAMS_FLAGS,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs dlq list --queues mail"];

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqList);
    await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const jobs: DescribedJob[] = [];
      for (const selected of await selectQueues(app, flags.queues)) {
        for await (const message of deadLetters(selected, flags.limit)) {
          jobs.push(describeMessage(message, selected.name, paramsView(app, flags)));
        }
      }
      await printJobs({ jobs, hasParams: flags.params || flags.secrets }, this.output);
    });
  }
}
