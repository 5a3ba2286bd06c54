import { JobsCommand } from "../base/jobs-command.ts";
import { MONITOR_FLAGS } from "../base/monitor-flags.ts";
import { toggle } from "../base/toggle.ts";
import { outputSink } from "../monitor/event-sink.ts";
import { runMonitor } from "../monitor/run-monitor.ts";
import type { ExitCode } from "../output/exit-codes.ts";

export default class Events extends JobsCommand {
  static override flags = {
    follow: toggle({ char: "f", description: "Continue until stopped; else end when no more events wait." }),
    ...MONITOR_FLAGS,
  };
  static override examples = ["jobs events -f", "jobs events --json | jq 'select(.type == \"job.dead\")'"];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Events);
    const hasEnd =
      flags.drain || flags.once || flags["until-idle"] !== undefined || flags["max-jobs"] !== undefined;
    const drain = flags.drain || !(flags.follow || hasEnd);
    const createSink = async () => outputSink(this.output, this.output.isJson);
    return runMonitor({ ...flags, drain }, this.output, createSink);
  }
}
