import { isJobsError } from "@jobs/core";
import type { BrokerQueue, PeekOptions, PeekPage } from "@jobs/core/broker";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { nameFlag } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { withApp } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import { describeMessage } from "../queues/describe-message.ts";
import { PARAMS_FLAGS, paramsView } from "../queues/params-view.ts";
import { printJobs } from "../queues/print-jobs.ts";
import { warnOfUnused } from "../queues/selected-queues.ts";

export default class List extends JobsCommand {
  static override flags = {
    queue: nameFlag({ description: "The queue.", default: "default" }),
    state: Flags.option({
      options: ["ready", "delayed", "leased", "dead"] as const,
      description: "Which jobs.",
      default: "ready" as const,
    })(),
    limit: Flags.integer({ description: "At most this many, oldest first.", min: 1, max: 1000, default: 50 }),
    cursor: Flags.string({ description: "Continue after an earlier list.", helpValue: "CURSOR" }),
    ...PARAMS_FLAGS,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs list --queue mail --state delayed"];

  async run(): Promise<void> {
    const { flags } = await this.parse(List);
    const { queue, state, limit, cursor } = flags;
    await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      warnOfUnused(app, [queue]);
      const opened = await app.queue(queue);
      const page = await readPage(opened, { state, limit, ...(cursor === undefined ? {} : { cursor }) });
      const jobs = page.messages.map((message) => describeMessage(message, queue, paramsView(app, flags)));
      await printJobs(
        { jobs, nextCursor: page.nextCursor, hasParams: flags.params || flags.secrets },
        this.output,
      );
    });
  }
}

/** @throws CliError `usage` for a cursor that the broker refuses */
async function readPage(queue: BrokerQueue, options: PeekOptions): Promise<PeekPage> {
  try {
    return await queue.peek(options);
  } catch (error) {
    if (options.cursor === undefined || !isJobsError(error, "invalid_config")) throw error;
    throw new CliError("usage", `--cursor cannot be used: ${error.message}`, {
      cause: error,
      hint: "Copy it from the end of the earlier list, or leave --cursor out to begin with the first page.",
    });
  }
}
