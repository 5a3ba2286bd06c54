import { Flags } from "./oclif.ts";
import { toggle } from "./toggle.ts";

/** Flags of commands that run handlers. */
export const LOG_FLAGS = {
  "log-level": Flags.option({
    options: ["debug", "info", "warn", "error", "silent"] as const,
    description: "Least important lines to show; debug shows every event. Default info.",
    env: "JOBS_LOG_LEVEL",
    helpGroup: "GLOBAL",
  })(),
  "log-format": Flags.option({
    options: ["pretty", "json"] as const,
    description: "Default pretty on a terminal, else json.",
    env: "JOBS_LOG_FORMAT",
    helpGroup: "GLOBAL",
  })(),
  verbose: toggle({
    description: "Show errors with the frames of libraries and of Node, in the pretty format.",
    helpGroup: "GLOBAL",
  }),
};
