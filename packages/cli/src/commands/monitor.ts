import { JobsCommand } from "../base/jobs-command.ts";
import { MONITOR_FLAGS } from "../base/monitor-flags.ts";
import { Flags } from "../base/oclif.ts";
import { openSink } from "../monitor/event-sink.ts";
import { runMonitor } from "../monitor/run-monitor.ts";
import type { ExitCode } from "../output/exit-codes.ts";

export default class Monitor extends JobsCommand {
  static override flags = {
    to: Flags.string({
      description: "Target of the events: the URL of a database, or ndjson for stdout.",
      helpValue: "URL",
      required: true,
    }),
    ...MONITOR_FLAGS,
  };
  static override examples = [
    "jobs monitor --to sqlite:monitor.db",
    "jobs monitor --to postgres://jobs@db/jobs --health-port 0.0.0.0:8080",
    "jobs monitor --to ndjson --drain | jq .type",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Monitor);
    return runMonitor(flags, this.output, (project) => openSink(flags.to, this.output, project));
  }
}
