import { WORKER_SETTINGS } from "@jobs/core/config";
import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS, timeFlag } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { listenFlag } from "../base/listen-flag.ts";
import { LOG_FLAGS } from "../base/log-flags.ts";
import { Flags } from "../base/oclif.ts";
import { settingFlag, settingSwitch } from "../base/setting-flag.ts";
import { toggle } from "../base/toggle.ts";
import { CliError } from "../output/cli-error.ts";
import type { ExitCode } from "../output/exit-codes.ts";
import { runWorker } from "../worker/run-worker.ts";

export default class Worker extends JobsCommand {
  static override flags = {
    queues: settingFlag("worker", WORKER_SETTINGS.queues),
    concurrency: settingFlag("worker", WORKER_SETTINGS.concurrency, { char: "c" }),
    lease: settingFlag("worker", WORKER_SETTINGS.leaseMs),
    "shutdown-timeout": settingFlag("worker", WORKER_SETTINGS.shutdownTimeoutMs),
    "start-timeout": settingFlag("worker", WORKER_SETTINGS.startTimeoutMs),
    "strict-order": settingSwitch("worker", WORKER_SETTINGS.isStrictOrder),
    schedules: settingSwitch("worker", WORKER_SETTINGS.isScheduling),
    wait: settingFlag("worker", WORKER_SETTINGS.waitMs),
    "max-crashes": settingFlag("worker", WORKER_SETTINGS.maxCrashes),
    "result-ttl": settingFlag("worker", WORKER_SETTINGS.resultTtlMs),
    "history-ttl": settingFlag("worker", WORKER_SETTINGS.historyTtlMs),
    "history-max-jobs": settingFlag("worker", WORKER_SETTINGS.historyMaxJobs),
    "on-exhausted": settingFlag("worker", WORKER_SETTINGS.onExhausted),
    codec: settingFlag("worker", WORKER_SETTINGS.codecs),
    drain: toggle({
      description: "End when nothing of its queues is ready, delayed, waiting for a retry or leased.",
      exclusive: ["once", "until-idle", "max-jobs"],
    }),
    also: Flags.string({
      description:
        "Also read the same queues of this broker, which the app had before: a kind, a key of brokers, or a URL.",
      helpValue: "BROKER",
      exclusive: ["drain", "once", "until-idle", "max-jobs", "processes", "print-grace"],
    }),
    "until-empty": toggle({
      description: "Stop reading the broker of --also when nothing is ready, delayed or leased there.",
    }),
    once: toggle({
      description: "End after one receive from every queue.",
      exclusive: ["until-idle", "max-jobs"],
    }),
    "until-idle": durationFlag({
      description: "End when nothing was ready for this long.",
      exclusive: ["max-jobs"],
    }),
    "max-jobs": Flags.integer({ description: "End after this many jobs.", min: 1 }),
    "max-memory": Flags.integer({ description: "End when the process takes this much, in MiB.", min: 1 }),
    "max-time": timeFlag({ description: "End after this time." }),
    processes: Flags.integer({
      description:
        "Worker processes under this one, each with its own --concurrency. One that crashes is started again; one that has come to a --max-* is replaced, one at a time.",
      min: 1,
      exclusive: ["print-grace"],
    }),
    hosted: toggle({ description: "This process is one of --processes.", hidden: true }),
    "health-port": listenFlag({
      description: "Answer /live and /ready there; on 127.0.0.1 unless a host is given.",
    }),
    "metrics-port": listenFlag({
      description: "Answer /metrics there, in Prometheus' text format; on 127.0.0.1 unless a host is given.",
    }),
    "metrics-file": Flags.string({ description: "Keep the metrics in a file as well.", helpValue: "FILE" }),
    "print-grace": toggle({
      description: "Print how long a supervisor has to wait after SIGTERM, and end.",
    }),
    ...LOG_FLAGS,
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs worker --concurrency 20 --queues default,mail:3",
    "JOBS_WORKER_LEASE=3s jobs worker --drain",
    "jobs worker --health-port 8080 --metrics-port 0.0.0.0:9090",
    "jobs worker --processes 4 --max-memory 512",
    "jobs worker --broker redis --also sqlite --until-empty",
    "jobs worker --print-grace",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Worker);
    if (flags["until-empty"] && flags.also === undefined)
      throw new CliError("usage", "--until-empty goes with --also.", {
        hint: "To end when all is done, use --drain.",
      });
    if (flags["print-grace"])
      return (await import("../worker/print-grace.ts")).printGrace(flags, this.output);
    if (flags.processes !== undefined && !flags.hosted) {
      const { runHost } = await import("../worker/run-host.ts");
      return runHost({ ...flags, processes: flags.processes }, this.output);
    }
    return runWorker(flags, this.output);
  }
}
