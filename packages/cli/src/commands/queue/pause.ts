import { DRY_RUN_FLAG, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { QUEUE_ARG } from "../../base/name-flags.ts";
import { withApp } from "../../base/with-app.ts";
import { switchDeliveries } from "../../queues/switch-deliveries.ts";

export default class QueuePause extends JobsCommand {
  static override args = QUEUE_ARG;
  static override flags = { ...DRY_RUN_FLAG, ...PROJECT_FLAGS, ...TIMEOUT_FLAG, ...GLOBAL_FLAGS };
  static override examples = ["jobs queue pause mail"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(QueuePause);
    const change = { queue: args.queue, to: "paused", isDryRun: flags["dry-run"] } as const;
    await withApp({ flags, isAppOptional: true }, ({ app }) => switchDeliveries(app, change, this.output));
  }
}
