import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG, YES_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { idArg, QUEUES_FLAG } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { within } from "../base/with-app.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { PARAMS_FLAGS, paramsView } from "../queues/params-view.ts";
import { findDead, findInHistory } from "../rehearse/find-recorded.ts";
import { confirmEffects, openRehearsal } from "../rehearse/open-rehearsal.ts";
import { printRepro } from "../rehearse/print-repro.ts";

export default class Repro extends JobsCommand {
  static override args = {
    id: idArg({ description: "The job's id.", required: true }),
  };
  static override flags = {
    from: Flags.string({
      description: "Where the job is: a dead letter, or a job of the history with its parameters.",
      options: ["dlq", "history"] as const,
      default: "dlq",
    }),
    ...QUEUES_FLAG,
    ...PARAMS_FLAGS,
    ...YES_FLAG,
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs repro 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50",
    "jobs repro 0199f3c1-7d0e-7b6a-9a51-1f0c2d3e4f50 --from history --yes",
  ];

  async run(): Promise<ExitCode> {
    const { flags, args } = await this.parse(Repro);
    await using rehearsal = await openRehearsal(flags);
    const { app } = rehearsal;
    const bounds = { app, timeout: flags.timeout, isReading: true };
    const looked =
      flags.from === "history" ? findInHistory(app, args.id) : findDead(app, args.id, flags.queues);
    const found = await within(bounds, looked);
    const { task } = found.job.envelope;
    await confirmEffects(`job ${args.id} of ${task}`, flags.yes);
    const run = await rehearsal.run(found.job);
    const view = paramsView(app, flags);
    printRepro({ found, run, elsewhere: rehearsal.elsewhere, view }, this.output);
    return run.outcome.status === "succeeded" ? EXIT.ok : EXIT.no;
  }
}
