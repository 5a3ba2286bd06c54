import { Flags } from "./oclif.ts";

/** How many jobs a command reads at most, where all would take too long. */
export const SAMPLE_FLAG = {
  sample: Flags.integer({
    min: 1,
    description: "At most this many jobs of each state and queue, the first in its order. Default: all.",
  }),
};
