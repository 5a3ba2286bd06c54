import { Args } from "./oclif.ts";

/** One schedule, by its name. */
export const SCHEDULE_ARG = {
  schedule: Args.string({ description: "Name of the schedule.", required: true, ignoreStdin: true }),
};
