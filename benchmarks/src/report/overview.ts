import { type BaselineOf, medianOf, type Source } from "./baseline.ts";
import { chart } from "./chart.ts";
import { isPreliminary } from "./describe-measurement.ts";
import { formatNumber } from "./format-number.ts";
import { markdownTable } from "./tables.ts";

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
    ours: "jobs, 1,000 concurrent",
    theirs: "BullMQ, 1,000 concurrent",
  },
  {
    suite: "redis",
    work: "work at concurrency 1",
    label: "Redis, work 1",
    peer: "BullMQ",
    figure: "consume",
    ours: "jobs, consume at 1",
    theirs: "BullMQ, consume at 1",
  },
  {
    suite: "redis",
    work: "work at concurrency 100",
    label: "Redis, work 100",
    peer: "BullMQ",
    figure: "consume",
    ours: "jobs, consume at 100",
    theirs: "BullMQ, consume at 100",
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
    suite: "redis",
    work: "enqueue, 1,000 at once",
    label: "Redis, enqueue 1,000",
    peer: "bee-queue",
    figure: "enqueue",
    ours: "jobs, 1,000 concurrent",
    theirs: "bee-queue, 1,000 concurrent",
  },
  {
    suite: "redis",
    work: "work at concurrency 100",
    label: "Redis, work 100",
    peer: "bee-queue",
    figure: "consume",
    ours: "jobs, consume at 100",
    theirs: "bee-queue, consume at 100",
  },
  {
    suite: "postgres",
    work: "enqueue, each awaited",
    label: "Postgres, enqueue 1",
    peer: "graphile-worker",
    figure: "enqueue",
    ours: "jobs, one awaited",
    theirs: "graphile-worker, one awaited",
  },
  {
    suite: "postgres",
    work: "enqueue in bulk",
    label: "Postgres, bulk",
    peer: "graphile-worker",
    figure: "enqueue",
    ours: "jobs, in bulk",
    theirs: "graphile-worker, in bulk",
  },
  {
    suite: "postgres",
    work: "work at concurrency 1",
    label: "Postgres, work 1",
    peer: "graphile-worker",
    figure: "consume",
    ours: "jobs, consume at 1",
    theirs: "graphile-worker, consume at 1",
  },
  {
    suite: "postgres",
    work: "work at concurrency 100",
    label: "Postgres, work 100",
    peer: "graphile-worker, batched",
    figure: "consume",
    ours: "jobs, consume at 100",
    theirs: "graphile-worker, batched, consume at 100",
  },
  {
    suite: "postgres",
    work: "work at concurrency 100",
    label: "Postgres, work 100",
    peer: "pg-boss",
    figure: "consume",
    ours: "jobs, consume at 100",
    theirs: "pg-boss, consume at 100",
  },
  {
    suite: "postgres",
    work: "enqueue to start, idle worker, p50",
    label: "Postgres, idle start",
    peer: "graphile-worker",
    figure: "start p50",
    ours: "jobs, idle worker",
    theirs: "graphile-worker, idle worker",
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
    theirs: "plainjob, consume at 1",
  },
  {
    suite: "sqlite",
    work: "work at concurrency 100",
    label: "SQLite, work 100",
    peer: "plainjob as it comes",
    figure: "consume",
    ours: "jobs, consume at 100",
    theirs: "plainjob, consume at 100",
  },
  {
    suite: "sqlite",
    work: "work at 1, safe in a power cut",
    label: "SQLite, work 1, full",
    peer: "plainjob (full)",
    figure: "consume",
    ours: "jobs, consume at 1",
    theirs: "plainjob, full, consume at 1",
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

/** A comparison and what was measured. */
export interface Compared {
  readonly line: Comparison;
  readonly mine: number;
  readonly other: number;
  /** How many times as good as the peer: 2 is twice the rate, or half the time. */
  readonly times: number;
}

/** All comparisons that were measured. */
export function compare(baselineOf: BaselineOf): readonly Compared[] {
  return COMPARISONS.flatMap((line) => {
    const [mine, other] = [line.ours, line.theirs].map((name) =>
      medianOf(baselineOf(line.suite), name, line.figure),
    );
    if (mine === undefined || other === undefined) return [];
    return [{ line, mine, other, times: line.isTime ? other / mine : mine / other }];
  });
}

/** All figures that the overview shows. */
export const COMPARED_FIGURES: readonly Source[] = COMPARISONS.flatMap(({ suite, ours, theirs, figure }) =>
  [ours, theirs].map((name): Source => [suite, name, figure]),
);

/** The overview of all suites as Markdown: a table and the chart below it. */
export function overview(baselineOf: BaselineOf): string {
  const rows = compare(baselineOf).map(({ line, mine, other, times }) => {
    const unit = line.isTime ? "ms" : "jobs/s";
    return [
      line.suite,
      line.work,
      `${formatNumber(mine)} ${unit}`,
      `${line.peer}: ${formatNumber(other)} ${unit}`,
      `${formatNumber(times)}×`,
      String(baselineOf(line.suite)?.runs),
    ];
  });
  const table = markdownTable(["broker", "work", "jobs", "peer", "times as good", "runs"], rows);
  return `\n${table}\n\n![How many times as good as the peer, from the table above](images/benchmarks.svg)\n\n`;
}

/** The same comparisons as an image, for the README and for benchmarks.md. */
export function overviewChart(baselineOf: BaselineOf): string {
  const compared = compare(baselineOf);
  const bars = compared.map(({ line: { label, peer, suite }, times }) => {
    const runs = baselineOf(suite)?.runs ?? 0;
    return {
      label,
      peer: isPreliminary({ runs }) ? `${peer} (${runs} ${runs === 1 ? "run" : "runs"})` : peer,
      times,
    };
  });
  const machines = new Set(compared.flatMap(({ line }) => baselineOf(line.suite)?.machine ?? []));
  return chart("jobs, times as good as the peer", bars, [...machines]);
}
