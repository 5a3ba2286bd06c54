import { Args } from "./oclif.ts";

/** One queue, named in full knowledge: nothing is changed by default. */
export const QUEUE_ARG = {
  queue: Args.string({ description: "The queue, without prefix.", required: true, ignoreStdin: true }),
};
