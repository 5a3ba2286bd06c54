import { durationFlag } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { MONITOR_FLAGS } from "../base/monitor-flags.ts";
import { toggle } from "../base/toggle.ts";
import { outputSink } from "../monitor/event-sink.ts";
import { runMonitor } from "../monitor/run-monitor.ts";
import { CliError } from "../output/cli-error.ts";
import type { ExitCode } from "../output/exit-codes.ts";

/** Flags that only the worker of a monitor's queue has. With one of them the events are taken from the queue. */
const OF_QUEUE = [
  "queue",
  "concurrency",
  "once",
  "until-idle",
  "max-jobs",
  "health-port",
  "metrics-port",
  "metrics-file",
] as const;

export default class Events extends JobsCommand {
  static override flags = {
    follow: toggle({ char: "f", description: "Continue until stopped; else end when no more events wait." }),
    since: durationFlag({
      description: "From the history: only events of so long before now, and later ones.",
      exclusive: [...OF_QUEUE],
    }),
    ...MONITOR_FLAGS,
  };
  static override examples = [
    "jobs events -f",
    "jobs events -f --since 10m",
    "jobs events --json | jq 'select(.type == \"job.dead\")'",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Events);
    const isOfQueue = OF_QUEUE.some((name) => flags[name] !== undefined && flags[name] !== false);
    const history = isOfQueue ? undefined : await openStore(flags);
    const follow = flags.follow && !flags.drain;
    if (history !== undefined) {
      const { observeHistory } = await import("../monitor/observe-history.ts");
      return observeHistory(history, { follow, sinceMs: flags.since }, this.output);
    }
    if (flags.since !== undefined) {
      throw new CliError("usage", "--since needs a history, and none is named.", {
        hint: "Name one by --history, JOBS_HISTORY or the configuration file.",
      });
    }
    if (!isOfQueue) {
      this.output.note(
        "events: no history is named, so each event is taken from the monitor's queue, and no jobs monitor gets it.",
      );
    }
    const hasEnd =
      flags.drain || flags.once || flags["until-idle"] !== undefined || flags["max-jobs"] !== undefined;
    const drain = flags.drain || !(flags.follow || hasEnd);
    const createSink = async () => outputSink(this.output, this.output.isJson);
    return runMonitor({ ...flags, drain }, this.output, createSink);
  }
}

async function openStore(flags: Parameters<typeof runMonitor>[0]) {
  const { openHistory } = await import("../project/open-app.ts");
  return openHistory(flags);
}
