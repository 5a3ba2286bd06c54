import type { Count } from "@jobs/core/broker";

/** The JSON form of `jobs stats`. A change that could break a reader changes `schema`. */
export interface StatsReport {
  readonly schema: "jobs.stats/1";
  /** Kind of the broker. */
  readonly broker: string;
  readonly queues: readonly QueueReport[];
}

/** Numbers of one queue; `n` is null for an unknown number, `exact` is false for an estimate. */
export interface QueueReport {
  readonly name: string;
  readonly ready: Count;
  readonly leased: Count;
  readonly delayed: Count;
  readonly dead: Count;
  /** Ever came in: sends, and dead letters put back. */
  readonly entered: Count;
  /** Ever left: done, dead or removed. */
  readonly left: Count;
  /** Since the look before; `null` where there was none, or the broker does not count it. */
  readonly inPerSecond: number | null;
  readonly outPerSecond: number | null;
  readonly oldestReadyMs: number | null;
  readonly isPaused: boolean;
}
