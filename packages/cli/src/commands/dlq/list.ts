import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Flags } from "../../base/oclif.ts";
import { QUEUES_FLAG } from "../../base/queue-flags.ts";
import { toggle } from "../../base/toggle.ts";
import { withApp } from "../../base/with-app.ts";
import { deadLetters } from "../../queues/dead-letters.ts";
import { type DescribedJob, describeMessage } from "../../queues/describe-message.ts";
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
    params: toggle({ description: "Show parameters, which may be secret." }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs dlq list --queues mail"];

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqList);
    await withApp({ flags, isAppOptional: true }, async ({ app }) => {
      const jobs: DescribedJob[] = [];
      for (const selected of await selectQueues(app, flags.queues)) {
        for await (const message of deadLetters(selected, flags.limit)) {
          jobs.push(describeMessage(message, selected.name, flags.params));
        }
      }
      await printJobs({ jobs, hasParams: flags.params }, this.output);
    });
  }
}
