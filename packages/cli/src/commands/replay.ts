import { GLOBAL_FLAGS, PROJECT_FLAGS, timeFlag, YES_FLAG } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { textFlag } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { toggle } from "../base/toggle.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { confirmEffects, openRehearsal } from "../rehearse/open-rehearsal.ts";
import { printReplay } from "../rehearse/print-replay.ts";
import { readSample, replaySample } from "../rehearse/replay-sample.ts";

export default class Replay extends JobsCommand {
  static override flags = {
    "from-history": toggle({ description: "Take jobs of the history, which must have their parameters." }),
    task: textFlag({ description: "Jobs of this task.", helpValue: "TASK", required: true }),
    sample: Flags.integer({ description: "At most this many jobs, the latest ones.", min: 1, default: 100 }),
    concurrency: Flags.integer({ description: "Runs at the same time.", min: 1, default: 1 }),
    timeout: timeFlag({ description: "Time limit of one run. Default: that of the task." }),
    ...YES_FLAG,
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs replay --from-history --task send_email --sample 500"];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Replay);
    if (!flags["from-history"]) {
      throw new CliError("usage", "say where the jobs are: --from-history.", {
        hint: "jobs replay --from-history --task TASK runs recorded jobs here.",
      });
    }
    const { task: name, sample, concurrency, timeout: timeoutMs, yes } = flags;
    await using rehearsal = await openRehearsal(flags);
    const task = rehearsal.app.tasks.get(name);
    const found = await readSample(rehearsal.app, task, sample);
    const { length } = found.records;
    if (length > 0) await confirmEffects(`${length} recorded jobs of ${task.name}`, yes);
    const replayed = await replaySample(rehearsal, found.records, { concurrency, timeoutMs });
    const report = { task: task.name, ...found, jobs: replayed };
    return (await printReplay(report, this.output)) ? EXIT.ok : EXIT.no;
  }
}
