import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { QUEUES_FLAG } from "../base/name-flags.ts";
import { withApp } from "../base/with-app.ts";
import { diagnoseQueues, diagnosisLines } from "../doctor/diagnose-queues.ts";
import { diagnoseStores, hasQueueTables, resultsFindings } from "../doctor/diagnose-stores.ts";
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
  static override examples = [
    "jobs doctor --broker sqs",
    "jobs doctor --broker postgres://shop_worker@db/shop",
    "jobs doctor --longest-delay 7d --json",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Doctor);
    return withApp({ flags, isAppOptional: true, use: "look" }, async ({ app }) => {
      const queues = [flags.queues ?? [], app.queues, ["default"]].find((list) => list.length > 0) ?? [];
      warnOfUnused(app, flags.queues ?? []);
      const stores = await diagnoseStores(app);
      const isOpen = hasQueueTables(app, stores);
      const diagnoses = isOpen
        ? await diagnoseQueues(app, { queues, longestDelayMs: flags["longest-delay"] ?? 0 })
        : [];
      const results = resultsFindings(app);
      const findings = [...results, ...[...stores, ...diagnoses].flatMap((diagnosis) => diagnosis.findings)];
      const isWell = findings.every(({ status }) => status !== "failed");
      if (this.output.isJson) {
        this.output.json({
          schema: "jobs.doctor/1",
          broker: brokerOf(app).kind,
          isWell,
          stores,
          results,
          queues: diagnoses,
        });
      } else {
        const reach = results.length === 0 ? [] : [{ name: "results", findings: results }];
        for (const diagnosis of [...stores, ...reach, ...diagnoses])
          for (const line of diagnosisLines(diagnosis)) this.output.line(line);
        if (!isOpen) this.output.line("queues were not looked at: their tables are not ready.");
      }
      return isWell ? EXIT.ok : EXIT.no;
    });
  }
}
