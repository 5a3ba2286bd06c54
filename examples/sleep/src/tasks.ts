import { defineTask } from "@jobs/core";

/** The only work there is: to wait. */
export const sleep = defineTask("sleep", { ms: "integer" });
