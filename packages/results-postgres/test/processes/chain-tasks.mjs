import { defineTask } from "@jobs/core";

export const start = defineTask("start", {});
export const double = defineTask("double", { by: "string" });
