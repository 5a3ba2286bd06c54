import type { Count, QueueStats } from "@jobs/core/broker";
import type { QueueReport, StatsReport } from "./stats-report.ts";

/** A look at all queues, and when it was answered, in ms on a clock that never jumps. */
export interface Sample {
  readonly report: StatsReport;
  readonly answeredAt: number;
}

const UNKNOWN: Count = { n: null, exact: false };

/**
 * How many jobs have left a queue since it exists (done, dead or removed): all that arrived and are not stored any
 * more.
 */
export function leftOf({ entered, ready, delayed, leased }: QueueStats): Count {
  if (entered.n === null || ready.n === null || delayed.n === null || leased.n === null) return UNKNOWN;
  const exact = [entered, ready, delayed, leased].every((count) => count.exact);
  return { n: Math.max(0, entered.n - ready.n - delayed.n - leased.n), exact };
}

/**
 * The later report with arrivals and departures per second since the earlier one; `null` where the broker does not
 * count.
 */
export function withRates(later: Sample, earlier: Sample): StatsReport {
  const seconds = (later.answeredAt - earlier.answeredAt) / 1_000;
  const before = new Map(earlier.report.queues.map((queue) => [queue.name, queue]));
  const rate = (count: Count, past: Count | undefined) =>
    count.n === null || typeof past?.n !== "number" ? null : perSecond(count.n - past.n, seconds);
  const rated = (queue: QueueReport): QueueReport => {
    const past = before.get(queue.name);
    return {
      ...queue,
      inPerSecond: rate(queue.entered, past?.entered),
      outPerSecond: rate(queue.left, past?.left),
    };
  };
  return { ...later.report, queues: later.report.queues.map(rated) };
}

/** In hundredths. Counts fall only where somebody has deleted a queue's storage, or undone a job's end, between the looks. */
function perSecond(count: number, seconds: number): number {
  return Math.round((Math.max(0, count) / seconds) * 100) / 100;
}
