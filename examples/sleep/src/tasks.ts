import { defineTask } from "@jobs/core";

/** The only task: to wait. */
export const sleep = defineTask("sleep", { ms: "integer" });
