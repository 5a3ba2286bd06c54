import { Flags } from "./oclif.ts";

/** Which queues a command looks at. */
export const QUEUES_FLAG = {
  queues: Flags.string({
    description: "Queues to look at. Default: all of the app.",
    helpValue: "a,b",
    multiple: true,
    delimiter: ",",
    multipleNonGreedy: true,
  }),
};
