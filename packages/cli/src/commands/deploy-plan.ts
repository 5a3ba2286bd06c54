import { join } from "node:path";
import { formatDuration } from "@jobs/core/config";
import { GLOBAL_FLAGS, PROJECT_FLAGS, timeFlag } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Flags } from "../base/oclif.ts";
import { toggle } from "../base/toggle.ts";
import { readBase } from "../lock/base-lock.ts";
import { LOCK_FILE, readLock } from "../lock/lock-file.ts";
import { lockApp } from "../lock/task-lock.ts";
import { CliError } from "../output/cli-error.ts";
import { planDeploy } from "../plan/plan-deploy.ts";
import { planLines, planScript } from "../plan/print-plan.ts";
import { openApp } from "../project/open-app.ts";

/** The limit of each wait in a plan, in ms. */
const DEFAULT_WAIT_MS = 1_800_000;

export default class DeployPlan extends JobsCommand {
  static override flags = {
    base: Flags.string({
      description: `The lock of what is deployed now, such as git:origin/main. Default: ${LOCK_FILE}.`,
      helpValue: "git:REF|FILE",
    }),
    format: Flags.option({
      description: "text, or sh: a script whose two functions deploy.",
      options: ["text", "sh"] as const,
      default: "text" as const,
    })(),
    "by-history": toggle({
      description: "For a broker that shows no waiting jobs, such as SQS: wait by time, not by signature.",
    }),
    timeout: timeFlag({ description: "The limit of each wait in the plan. Default 30m." }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs deploy-plan --base git:origin/main",
    "jobs deploy-plan --base deployed.lock.json --format sh",
    "jobs deploy-plan --base git:v1.4.0 --json",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(DeployPlan);
    await using opened = await openApp({ flags, hasBroker: false });
    const { folder } = opened.project;
    const before =
      flags.base === undefined
        ? readLock(join(folder, LOCK_FILE), LOCK_FILE)
        : await readBase(flags.base, folder);
    if (before === undefined) {
      throw new CliError("usage", `there is no ${LOCK_FILE} to compare with.`, {
        hint: "Name the lock of what is deployed now by --base, such as git:origin/main.",
      });
    }
    const timeout = formatDuration(flags.timeout ?? DEFAULT_WAIT_MS);
    const plan = planDeploy({
      before,
      after: lockApp(opened.app),
      timeout,
      isByHistory: flags["by-history"],
    });
    if (this.output.isJson) return this.output.json({ schema: "jobs.deploy-plan/1", ...plan });
    if (flags.format === "sh") return this.output.raw(planScript(plan));
    for (const line of planLines(plan)) this.output.line(line);
  }
}
