import type { App, Count } from "@jobs/core";
import type { SelectedQueue } from "../queues/selected-queues.ts";
import { leftOf } from "./queue-rates.ts";

/** The JSON form of `jobs stats`. A change that could break a reader changes `schema`. */
export interface StatsReport {
  readonly schema: "jobs.stats/1";
  /** Kind of the broker. */
  readonly broker: string;
  readonly queues: readonly QueueReport[];
}

/** Numbers of one queue; `n` is null where the broker cannot tell, `exact` false where it estimates. */
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

/** Asks all queues at once. */
export async function collectStats(app: App, queues: readonly SelectedQueue[]): Promise<StatsReport> {
  const reports = queues.map(async ({ name }) => {
    const stats = await app.stats(name);
    const { ready, leased, delayed, dead, entered, oldestReadyMs, isPaused } = stats;
    const counts = { ready, leased, delayed, dead, entered, left: leftOf(stats) };
    return { name, ...counts, inPerSecond: null, outPerSecond: null, oldestReadyMs, isPaused };
  });
  return { schema: "jobs.stats/1", broker: app.broker.kind, queues: await Promise.all(reports) };
}
