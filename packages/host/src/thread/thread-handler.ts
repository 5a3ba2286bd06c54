import type { JobContext, Task, TaskOutput } from "@jobs/core";
import type { ThreadJob } from "./thread-messages.ts";

/** The context of a handler in a thread. It has no signal: a run that is out of time is ended with its thread. */
export type ThreadContext = ThreadJob & Pick<JobContext, "log" | "progress">;

/**
 * A handler in a thread, as its module exports it: `export const handler: ThreadHandler<typeof resize> = …`.
 * Parameters and result are copied, so they are data.
 */
export type ThreadHandler<T extends Task = Task> = (params: TaskOutput<T>, ctx: ThreadContext) => unknown;
