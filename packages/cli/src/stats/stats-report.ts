import type { App } from "@jobs/core";
import { type Count, growthPerSecond, leftOf } from "@jobs/core/broker";
import { keepAliveClock, sleep, systemClock } from "@jobs/core/runtime";
import { brokerOf } from "../project/open-app.ts";
import { type SelectedQueue, selectQueues } from "../queues/selected-queues.ts";

/** The JSON form of `jobs stats`. A change that could break a reader changes `schema`. */
export interface StatsReport {
  readonly schema: "jobs.stats/1";
  /** Kind of the broker. */
  readonly broker: string;
  /** The time that the rates are about, in ms; absent without rates. */
  readonly ratesMs?: number;
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
  /** Since the reading before; `null` without one, or if the broker does not count. */
  readonly inPerSecond: number | null;
  readonly outPerSecond: number | null;
  readonly oldestReadyMs: number | null;
  readonly isPaused: boolean;
}

/** Asks all queues at once. */
export async function collectStats(
  app: App,
  queues: readonly Pick<SelectedQueue, "name">[],
): Promise<StatsReport> {
  const reports = queues.map(async ({ name }) => {
    const stats = await app.stats(name);
    const { ready, leased, delayed, dead, entered, oldestReadyMs, isPaused } = stats;
    const counts = { ready, leased, delayed, dead, entered, left: leftOf(stats) };
    return { name, ...counts, inPerSecond: null, outPerSecond: null, oldestReadyMs, isPaused };
  });
  return { schema: "jobs.stats/1", broker: brokerOf(app).kind, queues: await Promise.all(reports) };
}

/** The numbers of all queues, and when they were read, in ms on a monotonic clock. */
export interface Sample {
  readonly report: StatsReport;
  readonly answeredAt: number;
}

/** Reads the named queues, else all of the app. @throws as `selectQueues` */
export async function takeSample(app: App, queues: readonly string[] | undefined): Promise<Sample> {
  const report = await collectStats(app, await selectQueues(app, queues));
  return { report, answeredAt: systemClock.monotonic() };
}

/**
 * The later report with arrivals and departures per second since the earlier one; `null` where the broker does not
 * count.
 */
export function withRates(later: Sample, earlier: Sample): StatsReport {
  const seconds = (later.answeredAt - earlier.answeredAt) / 1_000;
  const before = new Map(earlier.report.queues.map((queue) => [queue.name, queue]));
  const rated = (queue: QueueReport): QueueReport => {
    const past = before.get(queue.name);
    return {
      ...queue,
      inPerSecond: growthPerSecond(queue.entered, past?.entered, seconds),
      outPerSecond: growthPerSecond(queue.left, past?.left, seconds),
    };
  };
  const ratesMs = Math.round(seconds * 1_000);
  return { ...later.report, ratesMs, queues: later.report.queues.map(rated) };
}

/** How often queues are read. */
interface Rhythm {
  /** Time between repeated reports, in ms; `undefined`: one report. */
  readonly everyMs: number | undefined;
  /** Time between the two readings that a single report needs for rates, in ms; 0: no rates. */
  readonly ratesMs: number;
}

/**
 * Yields one report, or reports without an end. Rates are those between two readings. `first` adds those of the first
 * report, which has no reading before it.
 */
export async function* repeatReports(
  look: () => Promise<Sample>,
  { everyMs, ratesMs }: Rhythm,
  first: (sample: Sample) => Promise<StatsReport> | StatsReport,
): AsyncGenerator<StatsReport> {
  let earlier = everyMs === undefined && ratesMs > 0 ? await look() : undefined;
  if (earlier !== undefined && hasTotals(earlier)) await sleep(keepAliveClock, ratesMs);
  for (;;) {
    const sample = await look();
    yield earlier === undefined ? await first(sample) : withRates(sample, earlier);
    if (everyMs === undefined) return;
    earlier = sample;
    await sleep(keepAliveClock, everyMs);
  }
}

/** Whether a second reading can give a rate. */
function hasTotals({ report }: Sample): boolean {
  return report.queues.some(({ entered }) => entered.n !== null);
}
