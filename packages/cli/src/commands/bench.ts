import { countOf } from "@jobs/core/config";
import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { nameFlag } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import type { Pace } from "../bench/run-bench.ts";
import { openApp } from "../project/open-app.ts";

export default class Bench extends JobsCommand {
  static override flags = {
    count: Flags.integer({ description: "How many jobs.", min: 1, max: 1_000_000, default: 1_000 }),
    sleep: durationFlag({ description: "How long each job waits. Default: not at all." }),
    concurrency: Flags.integer({ description: "Jobs at once.", char: "c", min: 1, max: 10_000, default: 10 }),
    queue: nameFlag({
      description: "An empty queue whose name begins with jobs-bench, where the broker makes none.",
    }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs bench --count 10000 -c 50", "jobs bench --sleep 50ms --broker redis"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Bench);
    const { count, sleep: sleepMs = 0, concurrency, queue } = flags;
    await using opened = await openApp({ flags, isAppOptional: true, use: "run" });
    const { runBench } = await import("../bench/run-bench.ts");
    const report = await runBench(opened.app, { count, sleepMs, concurrency, queue });
    if (this.output.isJson) {
      this.output.json({ schema: "jobs.bench/1", ...report, concurrency, sleepMs });
      return;
    }
    this.output.line(`enqueued ${paceText(report.enqueued)} (${report.broker})`);
    this.output.line(`worked off ${paceText(report.worked)} (concurrency ${concurrency})`);
  }
}

function paceText({ jobs, seconds, perSecond }: Pace): string {
  return `${countOf(jobs, "job")} in ${seconds} s, ${perSecond}/s`;
}
