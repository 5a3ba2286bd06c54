import { WAITING_STATES, type WaitingState } from "@jobs/core/runtime";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { QUEUES_FLAG } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { SAMPLE_FLAG } from "../base/sample-flag.ts";
import { toggle } from "../base/toggle.ts";
import { withApp } from "../base/with-app.ts";
import { checkReport, reportLines } from "../check/check-report.ts";
import { RECEIVED_SAMPLE, warnOfReceives } from "../check/receive-price.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { warnOfUnused } from "../queues/selected-queues.ts";

export default class Check extends JobsCommand {
  static override flags = {
    live: toggle({ description: "Check the jobs that wait now, and the schedules, against these tasks." }),
    ...QUEUES_FLAG,
    state: Flags.option({
      options: WAITING_STATES,
      description: "Only jobs in this state; may be repeated. Default: all three.",
      multiple: true,
    })(),
    ...SAMPLE_FLAG,
    all: toggle({
      exclusive: ["sample"],
      description: `All jobs: the default, but with --allow-receive only ${RECEIVED_SAMPLE} are received.`,
    }),
    "allow-receive": toggle({
      description:
        "Receive and release the jobs of a queue that cannot show them. Each receive counts as a delivery.",
    }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs check --live",
    "jobs check --live --queues mail --state ready --state delayed",
    "jobs check --live --sample 10000 --json",
    "jobs check --live --broker sqs --allow-receive",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Check);
    if (!flags.live) {
      throw new CliError("usage", "say what to check.", {
        hint: "For the jobs that wait: jobs check --live; for the file of the tasks: jobs lock --check.",
      });
    }
    const { queues, all, "allow-receive": allowReceive } = flags;
    const states = flags.state as readonly WaitingState[] | undefined;
    return withApp({ flags, use: "look" }, async ({ app }) => {
      warnOfUnused(app, queues ?? []);
      if (allowReceive) await warnOfReceives(app, queues ?? app.queues);
      const sample = flags.sample ?? (allowReceive && !all ? RECEIVED_SAMPLE : undefined);
      const checked = await app.checkJobs({ queues, states, sample, allowReceive });
      const report = checkReport(app, checked);
      if (this.output.isJson) this.output.json(report);
      else for (const line of reportLines(report)) this.output.line(line);
      return report.isOk ? EXIT.ok : EXIT.no;
    });
  }
}
