import { fullQueueName } from "@jobs/core";
import { DEAD_LETTER_FLAGS, IDS_ARG } from "../../base/dead-letter-flags.ts";
import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { Flags } from "../../base/oclif.ts";
import { withApp } from "../../base/with-app.ts";
import { selectQueues } from "../../queues/selected-queues.ts";
import { chooseDeadLetters, describeChosen } from "../../queues/wanted-dead-letters.ts";

export default class DlqRetry extends JobsCommand {
  static override args = IDS_ARG;
  static override flags = {
    ...DEAD_LETTER_FLAGS,
    to: Flags.string({ description: "Into another queue.", helpValue: "QUEUE" }),
    ...DRY_RUN_FLAG,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs dlq retry --all --queues mail",
    "jobs dlq retry 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50",
  ];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(DlqRetry);
    const { limit = Number.POSITIVE_INFINITY, to } = flags;
    await withApp({ flags, isAppOptional: true }, async ({ app }) => {
      const queues = await selectQueues(app, flags.queues);
      const chosen = await chooseDeadLetters(queues, { ids: args.ids ?? [], isAll: flags.all, limit });
      const target = to === undefined ? {} : { to: fullQueueName(app.config.queuePrefix, to) };
      let moved = 0;
      for (const { queue, ids } of flags["dry-run"] ? [] : chosen) {
        moved += (await queue.redrive({ ids, limit: ids.length, ...target })).moved;
      }
      if (this.output.isJson)
        this.output.json({ isDryRun: flags["dry-run"], chosen: countOf(chosen), moved });
      else if (flags["dry-run"]) this.output.line(`would put back ${describeChosen(chosen)}`);
      else this.output.line(`put back ${moved} of ${describeChosen(chosen)}`);
    });
  }
}

function countOf(chosen: readonly { readonly ids: readonly string[] }[]): number {
  return chosen.reduce((sum, { ids }) => sum + ids.length, 0);
}
