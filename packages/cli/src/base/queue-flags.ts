import { string } from "@oclif/core/flags";

/** Which queues a command looks at. */
export const QUEUES_FLAG = {
  queues: string({
    description: "Queues to look at. Default: all of the app.",
    helpValue: "a,b",
    multiple: true,
    delimiter: ",",
    multipleNonGreedy: true,
    env: "JOBS_QUEUES",
  }),
};
