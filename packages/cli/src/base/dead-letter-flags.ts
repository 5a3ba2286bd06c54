import { DEAD_REASONS } from "@jobs/core/broker";
import { parseRate } from "@jobs/core/task";
import { CliError } from "../output/cli-error.ts";
import { idArg, QUEUES_FLAG, textFlag } from "./name-flags.ts";
import { Flags } from "./oclif.ts";
import { toggle } from "./toggle.ts";

/** Ids of dead letters, as many as are named. */
export const IDS_ARG = {
  ids: idArg({ description: "Ids of dead letters.", multiple: true }),
};

/** Which dead letters are meant. */
export const DEAD_LETTER_FLAGS = {
  ...QUEUES_FLAG,
  all: toggle({ description: "All of them, instead of ids." }),
  limit: Flags.integer({ description: "With --all: at most this many of each queue, oldest first.", min: 1 }),
};

/** Which dead letters of the queues are meant, by what they share. */
export const DEAD_FILTER_FLAGS = {
  reason: Flags.string({ description: "Only those with this reason.", options: [...DEAD_REASONS] }),
  task: textFlag({ description: "Only jobs of this task.", helpValue: "TASK" }),
  sig: textFlag({ description: "Only jobs with this signature, as --group-by shows it.", helpValue: "SIG" }),
};

/** A number of jobs per unit of time, in jobs per second. */
export const rateFlag = Flags.custom<number>({
  helpValue: "N/s",
  parse: async (written) => {
    const perSecond = parseRate(written);
    if (perSecond === undefined || !Number.isFinite(perSecond))
      throw new CliError("usage", "must be a rate such as 50/s or 600/m.");
    return perSecond;
  },
});
