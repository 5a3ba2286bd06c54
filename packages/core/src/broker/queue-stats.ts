/** A number of messages; `n: null` for an unknown number, `exact: false` for an estimate. */
export interface Count {
  readonly n: number | null;
  readonly exact: boolean;
}

/** The current numbers of a queue. */
export interface QueueStats {
  /** Messages that can be received now. */
  readonly ready: Count;
  /** Waiting for their due time: delayed sends, retries, holds. */
  readonly delayed: Count;
  /** Leased by workers. */
  readonly leased: Count;
  /** Dead letters. */
  readonly dead: Count;
  /**
   * All that arrived since the queue exists: stored sends without duplicates, and redriven dead letters. It only grows,
   * so two readings give a rate. Arrived messages that are not ready, delayed or leased any more are done or dead.
   */
  readonly entered: Count;
  /** How long the oldest ready message has been ready, in ms; `null` when none is, or unknown. */
  readonly oldestReadyMs: number | null;
  /** Whether deliveries are stopped by `pause`. */
  readonly isPaused: boolean;
}
