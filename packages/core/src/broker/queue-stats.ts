/** A number of messages; `n: null` where the broker cannot tell, `exact: false` where it is an estimate. */
export interface Count {
  readonly n: number | null;
  readonly exact: boolean;
}

/** What is in a queue now. */
export interface QueueStats {
  /** Could be received now. */
  readonly ready: Count;
  /** Waiting for their due time: delayed sends, retries, holds. */
  readonly delayed: Count;
  /** In the hands of workers. */
  readonly leased: Count;
  /** Set aside for people. */
  readonly dead: Count;
  /**
   * Came in since the queue exists: sends that were stored, not duplicates, and dead letters that were put back. It only
   * rises, so two looks give a rate; what came in and is no longer ready, delayed or leased has left, done or dead.
   */
  readonly entered: Count;
  /** How long the oldest ready message has been ready, in ms; `null` when none is, or unknown. */
  readonly oldestReadyMs: number | null;
  /** Whether deliveries are stopped by `pause`. */
  readonly isPaused: boolean;
}
