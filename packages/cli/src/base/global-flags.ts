import { DURATION_FORM, formatDuration, ROOT_SETTINGS } from "@jobs/core/config";
import { CliError } from "../output/cli-error.ts";
import { Flags } from "./oclif.ts";
import { readDuration, unitHint } from "./read-duration.ts";
import { settingFlag } from "./setting-flag.ts";
import { toggle } from "./toggle.ts";

/** A duration on the command line, in ms. */
export const durationFlag = Flags.custom<number>({
  helpValue: "DURATION",
  parse: async (written) => {
    const ms = readDuration(written);
    if (ms === undefined)
      throw new CliError("usage", `must be ${DURATION_FORM}.`, { hint: unitHint(written) });
    return ms;
  },
});

/** A duration above 0, for settings where 0 makes no sense. */
export const timeFlag = Flags.custom<number>({
  helpValue: "DURATION",
  parse: async (written) => {
    const ms = readDuration(written);
    if (ms === undefined || ms <= 0)
      throw new CliError("usage", `must be ${DURATION_FORM.replace("a duration", "a duration above 0,")}.`, {
        hint: unitHint(written),
      });
    return ms;
  },
});

const GLOBAL = { helpGroup: "GLOBAL" } as const;

/** Flags of every command. */
export const GLOBAL_FLAGS = {
  json: toggle({
    ...GLOBAL,
    description: "Answer in JSON on stdout, with errors too.",
    env: "JOBS_JSON",
  }),
  debug: toggle({ ...GLOBAL, description: "Show the whole error with its stack.", env: "JOBS_DEBUG" }),
  help: toggle({ ...GLOBAL, char: "h", description: "Show this help." }),
};

/** Flags of every command that reads the project's configuration. */
export const PROJECT_FLAGS = {
  config: Flags.string({
    ...GLOBAL,
    description: "Configuration file. Default: jobs.config.* upwards from here; loading one runs its code.",
    env: "JOBS_CONFIG",
    helpValue: "FILE",
  }),
  app: Flags.string({
    ...GLOBAL,
    description: "Module whose default export is the app. Default: app of the configuration file.",
    env: "JOBS_APP",
    helpValue: "FILE",
  }),
  broker: settingFlag("", ROOT_SETTINGS.broker),
  results: settingFlag("", ROOT_SETTINGS.results),
  history: settingFlag("", ROOT_SETTINGS.history),
  prefix: settingFlag("", ROOT_SETTINGS.queuePrefix),
  endpoint: Flags.string({
    ...GLOBAL,
    description: "Address of a broker in a cloud, if it is not the provider's own.",
    env: "JOBS_ENDPOINT",
    helpValue: "URL",
  }),
  region: Flags.string({
    ...GLOBAL,
    description: "Region of a broker in a cloud. Default: that of the provider's variables and profile.",
    env: "JOBS_REGION",
    helpValue: "REGION",
  }),
};

/** Time limit of a command that asks the broker something and ends, in ms. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** Flags of every command that asks the broker something and ends. */
export const TIMEOUT_FLAG = {
  timeout: timeFlag({
    ...GLOBAL,
    description: `Give up after this time: exit 69 where a server has not answered, else 75. Default ${formatDuration(DEFAULT_TIMEOUT_MS)}.`,
    env: "JOBS_TIMEOUT",
  }),
};

/** A flag of every command that changes something. */
export const DRY_RUN_FLAG = {
  "dry-run": toggle({ description: "Show what would happen, and change nothing." }),
};

/** A flag of every command that destroys something. */
export const YES_FLAG = {
  yes: toggle({ char: "y", description: "Do not ask for confirmation; needed without a terminal." }),
};
