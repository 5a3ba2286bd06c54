import { defineTask } from "../task/define-task.ts";

/** Name of the task for events; its own jobs are never reported. */
export const MONITOR_TASK = "jobs.monitor";

/**
 * Events are sent as ordinary jobs, many in each. So they work on every broker, and events that a sink never accepts
 * become dead letters. It has no time limit: while a sink is down, its worker waits with the events.
 */
export const monitorTask = defineTask(
  MONITOR_TASK,
  { events: "array" },
  { timeoutMs: Number.POSITIVE_INFINITY },
);
