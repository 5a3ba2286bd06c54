import { string as stringArg } from "@oclif/core/args";
import { boolean, integer } from "@oclif/core/flags";
import { QUEUES_FLAG } from "./queue-flags.ts";

/** Ids of dead letters, as many as are named. */
export const IDS_ARG = {
  ids: stringArg({ description: "Ids of dead letters.", multiple: true, ignoreStdin: true }),
};

/** Which dead letters are meant. */
export const DEAD_LETTER_FLAGS = {
  ...QUEUES_FLAG,
  all: boolean({ description: "All of them, instead of ids." }),
  limit: integer({ description: "With --all: at most this many of each queue, oldest first.", min: 1 }),
};
