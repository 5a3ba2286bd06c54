import { defineTask } from "@jobs/core";

/** The usual task of the experiments. Its jobs take `ms` and always succeed. */
export const chaosTask = defineTask("chaos", { ms: "integer" });

/**
 * The task of every second job where the broker takes part in transactions. Its handler writes a row in the transaction
 * that completes its job.
 */
export const effectTask = defineTask("chaos_effect", { ms: "integer" });

/** Shortest and longest job, in ms. */
export const JOB_MS = { min: 5, max: 50 } as const;
