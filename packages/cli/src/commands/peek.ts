import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { nameArg } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { withApp } from "../base/with-app.ts";
import { describeMessage } from "../queues/describe-message.ts";
import { PARAMS_FLAGS, paramsView } from "../queues/params-view.ts";
import { printJobs } from "../queues/print-jobs.ts";

/** Like `jobs list`, for readers who want to see the work itself. So it always shows parameters. */
export default class Peek extends JobsCommand {
  static override args = {
    queue: nameArg({ description: "The queue.", default: "default" }),
  };
  static override flags = {
    state: Flags.option({
      options: ["ready", "delayed", "leased", "dead"] as const,
      description: "Which jobs.",
      default: "ready" as const,
    })(),
    limit: Flags.integer({ description: "At most this many, oldest first.", min: 1, max: 1000, default: 10 }),
    secrets: PARAMS_FLAGS.secrets,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs peek mail --state dead --limit 3"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Peek);
    const { state, limit, secrets } = flags;
    await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const queue = await app.queue(args.queue);
      const { messages } = await queue.peek({ state, limit });
      const view = paramsView(app, { params: true, secrets });
      const jobs = messages.map((message) => describeMessage(message, args.queue, view));
      await printJobs({ jobs, hasParams: true }, this.output);
    });
  }
}
