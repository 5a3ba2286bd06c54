import { defineTask } from "@jobs/core";

/** The only task of the experiments. Its jobs take `ms` and always succeed. */
export const chaosTask = defineTask("chaos", { ms: "integer" });

/** Shortest and longest job, in ms. */
export const JOB_MS = { min: 5, max: 50 } as const;
