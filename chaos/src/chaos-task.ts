import { defineTask } from "@jobs/core";

/** The only kind of job there is here: it takes `ms` and always succeeds. */
export const chaosTask = defineTask("chaos", { ms: "integer" });

/** Shortest and longest job, in ms. */
export const JOB_MS = { min: 5, max: 50 } as const;
