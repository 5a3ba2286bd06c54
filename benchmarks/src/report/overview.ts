import type { Baseline } from "./baseline.ts";
import { chart } from "./chart.ts";
import { formatNumber } from "./format-number.ts";

/** One row of the overview: the same work, done by us and by a peer of the same suite. */
export interface Comparison {
  readonly suite: string;
  /** The work in words, for the table. */
  readonly work: string;
  /** A short name, for the chart. */
  readonly label: string;
  readonly peer: string;
  /** Name of the figure that both cases measure. */
  readonly figure: string;
  /** Name of our case in the baseline. */
  readonly ours: string;
  /** Name of the peer's case. */
  readonly theirs: string;
  /** Set for a time in ms, where less is better. Default: jobs a second. */
  readonly isTime?: true;
}

/** The comparisons that a reader wants first. Rows in which a peer is faster are included on purpose. */
export const COMPARISONS: readonly Comparison[] = [
  {
    suite: "redis",
    work: "enqueue, each awaited",
    label: "Redis, enqueue 1",
    peer: "BullMQ",
    figure: "enqueue",
    ours: "jobs, one awaited",
    theirs: "BullMQ, one awaited",
  },
  {
    suite: "redis",
    work: "enqueue, 1,000 at once",
    label: "Redis, enqueue 1,000",
    peer: "BullMQ",
    figure: "enqueue",
    ours: "jobs, 1,000 concurrent, a number, in memory",
    theirs: "BullMQ, 1,000 concurrent, a number, in memory",
  },
  {
    suite: "redis",
    work: "work at concurrency 1",
    label: "Redis, work 1",
    peer: "BullMQ",
    figure: "consume",
    ours: "jobs, consume at 1, in memory",
    theirs: "BullMQ, consume at 1, in memory",
  },
  {
    suite: "redis",
    work: "work at concurrency 100",
    label: "Redis, work 100",
    peer: "BullMQ",
    figure: "consume",
    ours: "jobs, consume at 100, in memory",
    theirs: "BullMQ, consume at 100, in memory",
  },
  {
    suite: "redis",
    work: "enqueue to start, idle worker, p50",
    label: "Redis, idle start",
    peer: "BullMQ",
    figure: "start p50",
    ours: "jobs, idle worker",
    theirs: "BullMQ, idle worker",
    isTime: true,
  },
  {
    suite: "sqs",
    work: "enqueue and work",
    label: "SQS, one consumer",
    peer: "sqs-consumer, one",
    figure: "enqueue + consume",
    ours: "jobs, concurrent enqueue()",
    theirs: "sqs-consumer, one",
  },
  {
    suite: "sqs",
    work: "enqueue and work",
    label: "SQS, four consumers",
    peer: "sqs-consumer, four",
    figure: "enqueue + consume",
    ours: "jobs, concurrent enqueue()",
    theirs: "sqs-consumer, four",
  },
  {
    suite: "sqlite",
    work: "work at concurrency 1",
    label: "SQLite, work 1",
    peer: "plainjob as it comes",
    figure: "consume",
    ours: "jobs, consume at 1",
    theirs: "plainjob, consume at 1, normal",
  },
  {
    suite: "sqlite",
    work: "work at concurrency 100",
    label: "SQLite, work 100",
    peer: "plainjob as it comes",
    figure: "consume",
    ours: "jobs, consume at 100",
    theirs: "plainjob, consume at 100, normal",
  },
  {
    suite: "sqlite",
    work: "work at 1, safe in a power cut",
    label: "SQLite, work 1, full",
    peer: "plainjob (full)",
    figure: "consume",
    ours: "jobs, consume at 1",
    theirs: "plainjob, consume at 1, full",
  },
  {
    suite: "memory",
    work: "enqueue and work",
    label: "memory",
    peer: "p-queue",
    figure: "end to end",
    ours: "jobs",
    theirs: "p-queue",
  },
];

/** How many times as good as the peer: 2 is twice the rate, or half the time. */
export function advantage({ ours, theirs, figure, isTime }: Comparison, baseline: Baseline): number {
  const mine = medianOf(baseline, ours, figure);
  const other = medianOf(baseline, theirs, figure);
  return isTime ? other / mine : mine / other;
}

/** The overview of all suites as Markdown: a table and the chart below it. `baselineOf` reads the last full run of a suite. */
export function overview(baselineOf: (suite: string) => Baseline): string {
  const measured = COMPARISONS.map((line) => ({ line, baseline: baselineOf(line.suite) }));
  const rows = measured.map(({ line, baseline }) => {
    const unit = line.isTime ? "ms" : "jobs/s";
    const shown = [line.ours, line.theirs].map(
      (name) => `${formatNumber(medianOf(baseline, name, line.figure))} ${unit}`,
    );
    const times = `${formatNumber(advantage(line, baseline))}×`;
    return `| ${line.suite} | ${line.work} | ${shown[0]} | ${line.peer}: ${shown[1]} | ${times} |`;
  });
  const table = ["| broker | work | jobs | peer | times as good |", "|---|---|---|---|---|", ...rows].join(
    "\n",
  );
  return `\n${table}\n\n![How many times as good as the peer, from the table above](images/benchmarks.svg)\n\n`;
}

/** The same comparisons as an image, for the README and for benchmarks.md. */
export function overviewChart(baselineOf: (suite: string) => Baseline): string {
  const bars = COMPARISONS.map((line) => ({
    label: line.label,
    peer: line.peer,
    times: advantage(line, baselineOf(line.suite)),
  }));
  const machines = new Set(COMPARISONS.map(({ suite }) => baselineOf(suite).machine));
  return chart("jobs, times as good as the peer", bars, [...machines].join("; "));
}

function medianOf({ measured }: Baseline, name: string, figure: string): number {
  const spread = measured[name]?.[figure];
  if (spread === undefined) throw new RangeError(`the baseline has no case "${name}" with "${figure}".`);
  return spread.median;
}
