/** The result of one check of a queue, or of the server behind it. */
export interface Diagnosis {
  /** The name of the check, for scripts: `dead_letters`, `permission:sqs:SendMessage`. */
  readonly check: string;
  /**
   * `failed`: jobs would be lost or stuck. `warning`: they might be. `unknown`: it cannot be checked without a change.
   */
  readonly status: "ok" | "failed" | "warning" | "unknown";
  /** One sentence, with what was found and what was expected. */
  readonly message: string;
  /** How to fix it, in one sentence. */
  readonly hint?: string;
}

/** The planned use of a queue, which checks depend on. */
export interface QueueUse {
  /** The longest time in ms from the enqueue of a job to its last run, by the settings. */
  readonly longestMs: number;
}
