import { groupDeadLetters } from "@jobs/core/runtime";
import { DEAD_FILTER_FLAGS } from "../../base/dead-letter-flags.ts";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { QUEUES_FLAG } from "../../base/name-flags.ts";
import { Flags } from "../../base/oclif.ts";
import { withApp } from "../../base/with-app.ts";
import { deadLetters } from "../../queues/dead-letters.ts";
import { type DescribedJob, describeMessage } from "../../queues/describe-message.ts";
import { PARAMS_FLAGS, paramsView } from "../../queues/params-view.ts";
import { GROUP_WORDS, joinGroups, partsOf, printGroups } from "../../queues/print-groups.ts";
import { printJobs } from "../../queues/print-jobs.ts";
import { selectQueues } from "../../queues/selected-queues.ts";

/** Dead letters of a queue that are listed where nothing else is asked for. */
const LISTED = 100;

export default class DlqList extends JobsCommand {
  static override flags = {
    ...QUEUES_FLAG,
    ...DEAD_FILTER_FLAGS,
    "group-by": Flags.string({
      description: "Count those that share these: queue, reason, task, sig. Default reason,task,sig.",
      helpValue: "reason,task,sig",
      options: [...GROUP_WORDS],
      multiple: true,
      delimiter: ",",
      multipleNonGreedy: true,
    }),
    limit: Flags.integer({
      description: `At most this many of each queue, oldest first. Default ${LISTED}; all with --group-by.`,
      min: 1,
    }),
    ...PARAMS_FLAGS,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override optionalValues = { "group-by": "reason,task,sig" };
  static override examples = ["jobs dlq list --queues mail", "jobs dlq list --group-by reason,task,sig"];

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqList);
    const { reason, task, sig: signature, limit, "group-by": asked } = flags;
    const filter = { reason, task, signature };
    await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const queues = await selectQueues(app, flags.queues);
      if (asked !== undefined) {
        const words = GROUP_WORDS.filter((word) => asked.includes(word));
        const by = partsOf(words);
        const found = await Promise.all(
          queues.map(async ({ name, queue }) => {
            const { groups } = await groupDeadLetters(queue, app, { by, filter, limit });
            return groups.map((group) => ({ ...group, queue: name }));
          }),
        );
        return printGroups(joinGroups(found.flat(), words), words, this.output);
      }
      const jobs: DescribedJob[] = [];
      for (const selected of queues) {
        for await (const message of deadLetters(selected, { app, filter, limit: limit ?? LISTED })) {
          jobs.push(describeMessage(message, selected.name, paramsView(app, flags)));
        }
      }
      await printJobs({ jobs, hasParams: flags.params || flags.secrets }, this.output);
    });
  }
}
