import {
  DRY_RUN_FLAG,
  GLOBAL_FLAGS,
  PROJECT_FLAGS,
  TIMEOUT_FLAG,
  YES_FLAG,
} from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { QUEUE_ARG } from "../../base/name-flags.ts";
import { within } from "../../base/with-app.ts";
import { confirm } from "../../output/confirm.ts";
import { printable } from "../../output/printable.ts";
import { openApp } from "../../project/open-app.ts";
import { warnOfUnused } from "../../queues/selected-queues.ts";

export default class QueuePurge extends JobsCommand {
  static override args = QUEUE_ARG;
  static override flags = {
    ...YES_FLAG,
    ...DRY_RUN_FLAG,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs queue purge mail --dry-run", "jobs queue purge mail --yes"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(QueuePurge);
    const isDryRun = flags["dry-run"];
    await using opened = await openApp({ flags, isAppOptional: true });
    warnOfUnused(opened.app, [args.queue]);
    const bounds = { app: opened.app, timeout: flags.timeout };
    const queue = await within(bounds, opened.app.queue(args.queue));
    const { ready, delayed } = await within(bounds, queue.stats());
    const what = `${ready.n ?? "?"} ready and ${delayed.n ?? "?"} delayed ${delayed.n === 1 ? "job" : "jobs"} of ${args.queue}`;
    if (!isDryRun) {
      await confirm(`Remove ${what} for good? Jobs being run and dead letters stay.`, { isYes: flags.yes });
    }
    await within(bounds, queue.purge());
    if (this.output.isJson)
      this.output.json({ queue: args.queue, ready: ready.n, delayed: delayed.n, isDryRun });
    else this.output.line(`${isDryRun ? "would remove" : "removed"} ${printable(what)}`);
  }
}
