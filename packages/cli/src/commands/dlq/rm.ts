import { DEAD_LETTER_FLAGS, IDS_ARG } from "../../base/dead-letter-flags.ts";
import {
  DRY_RUN_FLAG,
  GLOBAL_FLAGS,
  PROJECT_FLAGS,
  TIMEOUT_FLAG,
  YES_FLAG,
} from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { within } from "../../base/with-app.ts";
import { confirm } from "../../output/confirm.ts";
import { openApp } from "../../project/open-app.ts";
import { selectQueues } from "../../queues/selected-queues.ts";
import {
  type ChosenDeadLetters,
  chooseDeadLetters,
  describeChosen,
} from "../../queues/wanted-dead-letters.ts";

export default class DlqRm extends JobsCommand {
  static override args = IDS_ARG;
  static override flags = {
    ...DEAD_LETTER_FLAGS,
    ...YES_FLAG,
    ...DRY_RUN_FLAG,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs dlq rm 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50 --yes"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(DlqRm);
    const { limit = Number.POSITIVE_INFINITY } = flags;
    await using opened = await openApp({ flags, isAppOptional: true });
    const bounds = { app: opened.app, timeout: flags.timeout };
    const choose = async () => {
      const queues = await selectQueues(opened.app, flags.queues);
      return chooseDeadLetters(queues, { ids: args.ids ?? [], isAll: flags.all, limit });
    };
    const chosen = await within(bounds, choose());
    const what = describeChosen(chosen);
    if (!flags["dry-run"] && chosen.length > 0)
      await confirm(`Remove ${what} for good?`, { isYes: flags.yes });
    const removed = await within(bounds, remove(chosen));
    if (this.output.isJson) this.output.json({ isDryRun: flags["dry-run"], removed });
    else this.output.line(flags["dry-run"] ? `would remove ${what}` : `removed ${removed} of ${what}`);
  }
}

async function remove(chosen: readonly ChosenDeadLetters[]): Promise<number> {
  let removed = 0;
  for (const { queue, ids } of chosen) {
    const results = await queue.remove(ids);
    removed += results.filter(({ status }) => status === "removed").length;
  }
  return removed;
}
