import { idArg, QUEUES_FLAG } from "./name-flags.ts";
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
