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

const UNKNOWN: Count = { n: null, exact: false };

/**
 * How many jobs have left a queue since its creation (done, dead or removed). These are all arrived jobs minus the
 * stored ones.
 */
export function leftOf({ entered, ready, delayed, leased }: QueueStats): Count {
  if (entered.n === null || ready.n === null || delayed.n === null || leased.n === null) return UNKNOWN;
  const exact = [entered, ready, delayed, leased].every((count) => count.exact);
  return { n: Math.max(0, entered.n - ready.n - delayed.n - leased.n), exact };
}

/**
 * How much a count has grown in a second, rounded to hundredths; `null` where one of the readings is unknown. A count
 * falls only if, between the readings, somebody deleted a queue's storage or undid a job's end. It then grew by none.
 */
export function growthPerSecond(later: Count, earlier: Count | undefined, seconds: number): number | null {
  if (later.n === null || typeof earlier?.n !== "number") return null;
  return Math.round((Math.max(0, later.n - earlier.n) / seconds) * 100) / 100;
}
