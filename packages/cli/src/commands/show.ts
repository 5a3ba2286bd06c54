import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Args } from "../base/oclif.ts";
import { QUEUES_FLAG } from "../base/queue-flags.ts";
import { toggle } from "../base/toggle.ts";
import { withApp } from "../base/with-app.ts";
import { describeMessage } from "../queues/describe-message.ts";
import { findJob } from "../queues/find-job.ts";
import { holderOf } from "../queues/holder-of.ts";
import { printJob } from "../queues/print-job.ts";
import { selectQueues } from "../queues/selected-queues.ts";

export default class Show extends JobsCommand {
  static override args = {
    id: Args.string({ description: "The job's id.", required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...QUEUES_FLAG,
    params: toggle({ description: "Show parameters, which may be secret." }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs show 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Show);
    await withApp({ flags, isAppOptional: true }, async ({ app }) => {
      const { message, name } = await findJob(await selectQueues(app, flags.queues), args.id);
      const worker = message.state === "leased" ? await holderOf(app, args.id) : undefined;
      const job = describeMessage(message, name, flags.params);
      printJob(worker === undefined ? job : { ...job, worker }, this.output);
    });
  }
}
