import { string } from "@oclif/core/args";

/** One queue, named in full knowledge: nothing is changed by default. */
export const QUEUE_ARG = {
  queue: string({ description: "The queue, without prefix.", required: true, ignoreStdin: true }),
};
