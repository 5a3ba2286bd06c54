import { setTimeout } from "node:timers/promises";
import { createApp, handle } from "@jobs/core";
import { sleep } from "./tasks.ts";

// The environment names the broker: JOBS_BROKER, else SQLite beside jobs.config.ts.
export default createApp({
  tasks: [sleep],
  // #region handler
  handlers: [handle(sleep, ({ ms }, ctx) => setTimeout(ms, undefined, { signal: ctx.signal }))],
  // #endregion handler
});
