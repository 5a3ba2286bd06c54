import { defineTask } from "../task/define-task.ts";

/** Name of the task that carries events; its own jobs are never reported. */
export const MONITOR_TASK = "jobs.monitor";

/**
 * Events travel as ordinary jobs, some dozens in one, so that they work alike on every broker and what a sink can never
 * take is a dead letter. Without a time limit: while a sink is away, its worker waits with what it has in hand.
 */
export const monitorTask = defineTask(
  MONITOR_TASK,
  { events: "array" },
  { timeoutMs: Number.POSITIVE_INFINITY },
);
