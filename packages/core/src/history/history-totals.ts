import type { HistoryEvent } from "./history-event.ts";
import type { HistoryTotals } from "./history-store.ts";

const MINUTE_MS = 60_000;

/** The counters of totals. */
type Counter = "enqueued" | "started" | "succeeded" | "failed" | "dead" | "cancelled";

const COUNTER_OF: ReadonlyMap<string, Counter> = new Map(
  (["enqueued", "started", "succeeded", "failed", "dead", "cancelled"] as const).map((counter) => [
    `job.${counter}`,
    counter,
  ]),
);

/**
 * What new events add to the totals: one entry for each minute, queue and task, sorted by them. Writers that add in
 * this order cannot deadlock.
 */
export function totalsOf(events: readonly HistoryEvent[]): readonly HistoryTotals[] {
  const sums = new Map<string, Sum>();
  let sum: Sum | undefined;
  for (const event of events) {
    const counter = COUNTER_OF.get(event.type);
    if (counter === undefined || !("job" in event)) continue;
    const { queue, task } = event.job;
    const minute = Math.floor(event.at / MINUTE_MS) * MINUTE_MS;
    // Most events count where the one before them counts.
    if (sum?.minute !== minute || sum.queue !== queue || sum.task !== task)
      sum = sumOf(sums, { minute, queue, task });
    sum[counter]++;
    if ("durationMs" in event) sum.durationMs += event.durationMs;
  }
  return [...sums.values()].sort(compareTotals);
}

/** Totals that grow. */
type Sum = { -readonly [Member in keyof HistoryTotals]: HistoryTotals[Member] };

function sumOf(sums: Map<string, Sum>, key: Pick<HistoryTotals, "minute" | "queue" | "task">): Sum {
  const text = totalsKey(key);
  const known = sums.get(text);
  if (known !== undefined) return known;
  const sum = noTotals(key);
  sums.set(text, sum);
  return sum;
}

/** The sum of two entries of the same minute, queue and task. */
export function addTotals(one: HistoryTotals, other: HistoryTotals): HistoryTotals {
  return {
    ...one,
    enqueued: one.enqueued + other.enqueued,
    started: one.started + other.started,
    succeeded: one.succeeded + other.succeeded,
    failed: one.failed + other.failed,
    dead: one.dead + other.dead,
    cancelled: one.cancelled + other.cancelled,
    durationMs: one.durationMs + other.durationMs,
  };
}

/** The same text for entries of the same minute, queue and task. */
export function totalsKey({ minute, queue, task }: Pick<HistoryTotals, "minute" | "queue" | "task">): string {
  return JSON.stringify([minute, queue, task]);
}

/** Sorts by minute, queue and task. */
export function compareTotals(one: HistoryTotals, other: HistoryTotals): number {
  if (one.minute !== other.minute) return one.minute - other.minute;
  if (one.queue !== other.queue) return one.queue < other.queue ? -1 : 1;
  return one.task < other.task ? -1 : Number(one.task > other.task);
}

function noTotals(key: Pick<HistoryTotals, "minute" | "queue" | "task">): HistoryTotals {
  return { ...key, enqueued: 0, started: 0, succeeded: 0, failed: 0, dead: 0, cancelled: 0, durationMs: 0 };
}
