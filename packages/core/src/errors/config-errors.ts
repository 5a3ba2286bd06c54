import { JobsError, type JobsErrorOptions } from "./jobs-error.ts";

/** A setting, definition or option that cannot be used. The message names where it was written. */
export class ConfigError extends JobsError {
  constructor(message: string, options: JobsErrorOptions = {}) {
    super("invalid_config", message, options);
  }
}

/** The worker serves the queue of a task without a handler in this app. Found before the first job is received. */
export class MissingHandlerError extends JobsError {
  /** The tasks without a handler. */
  readonly tasks: readonly string[];

  constructor(tasks: readonly string[]) {
    super(
      "missing_handler",
      `no handler for ${tasks.join(", ")}, although this worker serves their queues.`,
      {
        hint: "Pass handle(task, fn) for each to createApp({ handlers }), or narrow the worker's queues.",
      },
    );
    this.tasks = tasks;
  }
}

/** Two tasks (or aliases) of one app have the same name. A job finds its handler by name, so names must be unique. */
export class DuplicateTaskError extends JobsError {
  /** The name that is used twice. */
  readonly task: string;

  constructor(task: string) {
    super("duplicate_task", `the task name "${task}" is declared twice in this app.`, {
      hint: "Rename one of the two, or remove the alias of the same name.",
    });
    this.task = task;
  }
}
