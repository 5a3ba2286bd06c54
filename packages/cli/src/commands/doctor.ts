import { checkResultsReach } from "@jobs/core/broker";
import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { QUEUES_FLAG } from "../base/name-flags.ts";
import { withApp } from "../base/with-app.ts";
import { diagnoseQueues, diagnosisLines } from "../doctor/diagnose-queues.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { brokerOf } from "../project/open-app.ts";
import { warnOfUnused } from "../queues/selected-queues.ts";

export default class Doctor extends JobsCommand {
  static override flags = {
    ...QUEUES_FLAG,
    "longest-delay": durationFlag({ description: "The longest delay that jobs are enqueued with." }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs doctor --broker sqs", "jobs doctor --longest-delay 7d --json"];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Doctor);
    return withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const queues = [flags.queues ?? [], app.queues, ["default"]].find((list) => list.length > 0) ?? [];
      warnOfUnused(app, flags.queues ?? []);
      const diagnoses = await diagnoseQueues(app, { queues, longestDelayMs: flags["longest-delay"] ?? 0 });
      const broker = brokerOf(app);
      const { results: store, config } = app;
      const isLocalAllowed = config.isLocalResultsAllowed;
      const results =
        store === undefined ? [] : [checkResultsReach({ broker, results: store, isLocalAllowed })];
      const findings = [...results, ...diagnoses.flatMap((diagnosis) => diagnosis.findings)];
      const isWell = findings.every(({ status }) => status !== "failed");
      if (this.output.isJson) {
        this.output.json({
          schema: "jobs.doctor/1",
          broker: broker.kind,
          isWell,
          results,
          queues: diagnoses,
        });
      } else {
        const ofStore =
          results.length === 0 ? [] : [{ name: "results", fullName: "results", findings: results }];
        for (const line of [...ofStore, ...diagnoses].flatMap((diagnosis) => [...diagnosisLines(diagnosis)]))
          this.output.line(line);
      }
      return isWell ? EXIT.ok : EXIT.no;
    });
  }
}
