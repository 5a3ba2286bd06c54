import type { App, JobResult } from "@jobs/core";
import type { JobLogLines } from "@jobs/core/broker";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { idArg, QUEUES_FLAG } from "../base/name-flags.ts";
import { withApp } from "../base/with-app.ts";
import type { Output } from "../output/output.ts";
import { describeMessage } from "../queues/describe-message.ts";
import { type FoundJob, findJob } from "../queues/find-job.ts";
import { PARAMS_FLAGS, paramsView } from "../queues/params-view.ts";
import { jobLogOf, printJob, printJobLog } from "../queues/print-job.ts";
import { type SelectedQueue, selectQueues } from "../queues/selected-queues.ts";
import { describeResult, printResult } from "../results/print-result.ts";

export default class Show extends JobsCommand {
  static override args = {
    id: idArg({ description: "The job's id.", required: true }),
  };
  static override flags = {
    ...QUEUES_FLAG,
    ...PARAMS_FLAGS,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs show 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50"];

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Show);
    await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const log = await jobLogOf(app, args.id);
      const found = await findUnlessDone(app, await selectQueues(app, flags.queues), args.id);
      if ("result" in found) return printDone(found.result, log, this.output);
      const { message, name } = found;
      printJob({ ...describeMessage(message, name, paramsView(app, flags)), log }, this.output);
    });
  }
}

/**
 * Looks in the queues, then in the result store: a done job is in no queue, but its result may still be kept. @throws
 * as {@link findJob}
 */
async function findUnlessDone(
  app: App,
  queues: readonly SelectedQueue[],
  id: string,
): Promise<FoundJob | { readonly result: JobResult }> {
  try {
    return await findJob(queues, id);
  } catch (error) {
    const result = app.results === undefined ? undefined : await app.result(id);
    if (result === undefined) throw error;
    return { result };
  }
}

function printDone(result: JobResult, log: JobLogLines, output: Output): void {
  if (output.isJson) return output.json({ schema: "jobs.job/1", ...describeResult(result), log });
  printResult(result, output);
  printJobLog(log, output);
}
