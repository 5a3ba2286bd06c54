import { WORKER_SETTINGS } from "@jobs/core/config";
import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS } from "./global-flags.ts";
import { listenFlag } from "./listen-flag.ts";
import { LOG_FLAGS } from "./log-flags.ts";
import { nameFlag } from "./name-flags.ts";
import { Flags } from "./oclif.ts";
import { settingFlag } from "./setting-flag.ts";
import { toggle } from "./toggle.ts";

/** Flags of the commands that read a monitor's queue. */
export const MONITOR_FLAGS = {
  queue: nameFlag({
    description:
      "Queue that the application sends its events to. Default: its setting monitor, else monitor.",
  }),
  concurrency: settingFlag("worker", WORKER_SETTINGS.concurrency, { char: "c" }),
  "shutdown-timeout": settingFlag("worker", WORKER_SETTINGS.shutdownTimeoutMs),
  "start-timeout": settingFlag("worker", WORKER_SETTINGS.startTimeoutMs),
  drain: toggle({
    description: "End when no more events wait.",
    exclusive: ["once", "until-idle", "max-jobs"],
  }),
  once: toggle({ description: "End after one receive.", exclusive: ["until-idle", "max-jobs"] }),
  "until-idle": durationFlag({
    description: "End when no event came for this long.",
    exclusive: ["max-jobs"],
  }),
  "max-jobs": Flags.integer({ description: "End after this many batches of events.", min: 1 }),
  "health-port": listenFlag({
    description: "Answer /live and /ready there; on 127.0.0.1 unless a host is given.",
  }),
  "metrics-port": listenFlag({
    description: "Answer /metrics there, in Prometheus' text format; on 127.0.0.1 unless a host is given.",
  }),
  "metrics-file": Flags.string({ description: "Keep the metrics in a file as well.", helpValue: "FILE" }),
  ...LOG_FLAGS,
  ...PROJECT_FLAGS,
  ...GLOBAL_FLAGS,
};
