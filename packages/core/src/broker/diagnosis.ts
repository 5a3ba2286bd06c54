/** One thing that a look at a queue's health has shown. */
export interface Diagnosis {
  /** What was looked at, for scripts: `dead_letters`, `permission:sqs:SendMessage`. */
  readonly check: string;
  /** `failed`: jobs would be lost or stuck. `warning`: they might be. `unknown`: it cannot be asked without doing it. */
  readonly status: "ok" | "failed" | "warning" | "unknown";
  /** One sentence, with what was found and what was expected. */
  readonly message: string;
  /** What to do about it, one sentence. */
  readonly hint?: string;
}

/** What a queue is going to be used for, as far as its health depends on it. */
export interface QueueUse {
  /** The longest time in ms from enqueueing a job to its last run, as far as settings tell. */
  readonly longestMs: number;
}
