import { REDACTED } from "@jobs/core/task";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { QUEUES_FLAG } from "../../base/name-flags.ts";
import { Flags } from "../../base/oclif.ts";
import { toggle } from "../../base/toggle.ts";
import { withApp } from "../../base/with-app.ts";
import { deadLetters } from "../../queues/dead-letters.ts";
import { type DescribedJob, describeMessage } from "../../queues/describe-message.ts";
import { paramsView } from "../../queues/params-view.ts";
import { selectQueues } from "../../queues/selected-queues.ts";

export default class DlqExport extends JobsCommand {
  static override flags = {
    ...QUEUES_FLAG,
    limit: Flags.integer({ description: "At most this many of each queue, oldest first.", min: 1 }),
    secrets: toggle({ description: "All parameters, also those that their task redacts." }),
    batch: toggle({
      description: "Lines for jobs enqueue --batch, which sends the jobs again with the same ids.",
    }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs dlq export --queues mail",
    "jobs dlq export --batch | jobs enqueue --batch - --broker redis",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqExport);
    const counts = { exported: 0, leftOut: 0 };
    await withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const view = paramsView(app, { params: true, secrets: flags.secrets });
      for (const selected of await selectQueues(app, flags.queues)) {
        for await (const message of deadLetters(selected, { limit: flags.limit })) {
          const job = describeMessage(message, selected.name, view);
          const line = flags.batch ? batchLine(job) : job;
          if (line === undefined) counts.leftOut++;
          else {
            counts.exported++;
            this.output.json(line);
          }
        }
      }
    });
    const leftOut =
      counts.leftOut === 0
        ? ""
        : `; ${counts.leftOut} left out, which hold no job or, without --secrets, redacted parameters`;
    this.output.note(`exported ${counts.exported}${leftOut}`);
  }
}

/** The job as it was first sent. `undefined` if the message is not a job, or its parameters are redacted. */
function batchLine({ id, task, params, queue, priority }: DescribedJob): object | undefined {
  if (params === undefined || isRedacted(params)) return undefined;
  return { task, params, id, queue, ...(priority === 0 ? {} : { priority }) };
}

/** A job that is sent again must not run with the redaction mark instead of a value. */
function isRedacted(params: unknown): boolean {
  return Object.values(params as object).includes(REDACTED);
}
