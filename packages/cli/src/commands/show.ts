import type { App, JobResult } from "@jobs/core";
import type { JobLogLines } from "@jobs/core/broker";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { idArg, QUEUES_FLAG } from "../base/name-flags.ts";
import { withApp } from "../base/with-app.ts";
import { type Past, pastOf, printFields, printTimeline } from "../history/print-past.ts";
import type { Output } from "../output/output.ts";
import { printableJson } from "../output/printable.ts";
import { describeMessage } from "../queues/describe-message.ts";
import { type FoundJob, findJob } from "../queues/find-job.ts";
import { PARAMS_FLAGS, paramsView } from "../queues/params-view.ts";
import { jobLogOf, printJob, printJobLog } from "../queues/print-job.ts";
import { type SelectedQueue, selectQueues } from "../queues/selected-queues.ts";
import { describeResult } from "../results/print-result.ts";

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
      const view = paramsView(app, flags);
      const log = await jobLogOf(app, args.id);
      const past = await pastOf(app, args.id, view);
      const found = await findUnlessDone(app, await selectQueues(app, flags.queues), args.id, past);
      if (!("message" in found)) return printDone(found, log, this.output);
      const timeline = past === undefined ? undefined : { timeline: past.timeline };
      printJob({ ...describeMessage(found.message, found.name, view), log, ...timeline }, this.output);
    });
  }
}

/** What is known of a job that is in no queue: at least one of both. */
interface DoneJob {
  readonly result: JobResult | undefined;
  readonly past: Past | undefined;
}

/**
 * Looks in the queues, then in the result store and the history: a done job is in no queue, but its result or its
 * events may still be kept. @throws as {@link findJob}
 */
async function findUnlessDone(
  app: App,
  queues: readonly SelectedQueue[],
  id: string,
  past: Past | undefined,
): Promise<FoundJob | DoneJob> {
  try {
    return await findJob(queues, id);
  } catch (error) {
    const result = app.results === undefined ? undefined : await app.result(id);
    if (result === undefined && past === undefined) throw error;
    return { result, past };
  }
}

function printDone({ result, past }: DoneJob, log: JobLogLines, output: Output): void {
  const ended = result && describeResult(result);
  if (output.isJson) {
    const timeline = past === undefined ? undefined : { timeline: past.timeline };
    return output.json({ schema: "jobs.job/1", ...past?.record, ...ended, log, ...timeline });
  }
  const {
    value,
    error: _error,
    ...fields
  } = { value: undefined, error: undefined, ...past?.record, ...ended };
  printFields(value === undefined ? fields : { ...fields, value: printableJson(value) }, output);
  printJobLog(log, output);
  if (past !== undefined) printTimeline(past.timeline, log, output);
}
