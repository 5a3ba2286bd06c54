import { fullQueueName } from "@jobs/core/broker";
import { DEAD_LETTER_FLAGS, IDS_ARG } from "../../base/dead-letter-flags.ts";
import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { nameFlag } from "../../base/name-flags.ts";
import { withApp } from "../../base/with-app.ts";
import { type RetriedQueue, retryAll, retryChosen } from "../../queues/redrive-letters.ts";
import { selectQueues } from "../../queues/selected-queues.ts";
import {
  type ChosenDeadLetters,
  chooseDeadLetters,
  describeChosen,
  describeCounts,
} from "../../queues/wanted-dead-letters.ts";

export default class DlqRetry extends JobsCommand {
  static override args = IDS_ARG;
  static override flags = {
    ...DEAD_LETTER_FLAGS,
    to: nameFlag({ description: "Into another queue." }),
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
    const { limit = Number.MAX_SAFE_INTEGER, to } = flags;
    await withApp({ flags, isAppOptional: true }, async ({ app }) => {
      const queues = await selectQueues(app, flags.queues);
      const target = to === undefined ? {} : { to: fullQueueName(app.config.queuePrefix, to) };
      if (flags.all && (args.ids ?? []).length === 0 && !flags["dry-run"]) {
        return this.#report(await retryAll(queues, { limit, ...target }));
      }
      const chosen = await chooseDeadLetters(queues, { ids: args.ids ?? [], isAll: flags.all, limit });
      const retried = await retryChosen(chosen, target);
      if (flags["dry-run"]) this.#preview(chosen);
      else this.#report(retried);
    });
  }

  #preview(chosen: readonly ChosenDeadLetters[]): void {
    const count = chosen.reduce((sum, { ids }) => sum + ids.length, 0);
    if (this.output.isJson) this.output.json({ isDryRun: true, chosen: count, moved: 0 });
    else this.output.line(`would put back ${describeChosen(chosen)}`);
  }

  #report(retried: readonly RetriedQueue[]): void {
    const moved = total(retried.map((queue) => queue.moved));
    const chosen = total(retried.map((queue) => queue.count));
    if (this.output.isJson) this.output.json({ isDryRun: false, chosen, moved });
    else this.output.line(`put back ${moved} of ${describeCounts(retried)}`);
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
