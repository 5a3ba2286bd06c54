import type { ContenderKind } from "../../contenders/contender.ts";
import { consume, enqueueAwaited, enqueueConcurrent } from "../../contenders/contender-cases.ts";
import type { BenchCase, Mark, Suite } from "../../harness/bench-case.ts";
import { plainjobAsItComes } from "./plainjob-contender.ts";
import { rawOneByOne } from "./raw-cases.ts";
import { sqliteJobs, sqliteStage } from "./sqlite-stage.ts";
import { amongStored } from "./stored-cases.ts";
import { idleStart, twoProcesses } from "./two-process-cases.ts";

/** How much faster than plainjob a worker has to be, by jobs at once. */
const TIMES_PLAINJOB = [
  [1, 1],
  [10, 5],
  [100, 10],
] as const;

const FEW = amongStored(1_000);
/** `--stored` sets how many wait. */
const MANY = amongStored(Number(process.env.JOBS_BENCH_STORED ?? 1_000_000));
const BATCHES = "two processes, batches";
const SINGLES = "two processes, single adds";

const lone = (kind: ContenderKind) => enqueueAwaited(sqliteStage, kind, { jobs: 10_000 });
const concurrent = (kind: ContenderKind) =>
  enqueueConcurrent(sqliteStage, kind, { jobs: sqliteStage.busyJobs(kind) * 2 });
const consumeAt = (kind: ContenderKind, concurrency: number): BenchCase =>
  consume(sqliteStage, kind, {
    concurrency,
    jobs: concurrency === 1 ? 20_000 : sqliteStage.busyJobs(kind),
  });

/** One file, `synchronous = full`, all defaults. */
export const sqliteSuite: Suite = {
  name: "sqlite",
  title: "SQLite",
  isWarm: true,
  cases: [
    rawOneByOne,
    ...[lone, concurrent].flatMap((shared) => sqliteStage.kinds.map(shared)),
    ...TIMES_PLAINJOB.flatMap(([concurrency]) =>
      sqliteStage.kinds.map((kind) => consumeAt(kind, concurrency)),
    ),
    twoProcesses(BATCHES, "batches"),
    twoProcesses(SINGLES, "singles"),
    idleStart,
    FEW,
    MANY,
  ],
  marks: [
    {
      id: "Q1",
      title: "1,000 concurrent enqueues a second",
      value: (median) => median(concurrent(sqliteJobs).name, "enqueue"),
      atLeast: 100_000,
    },
    {
      id: "Q1",
      title: "1,000 concurrent enqueues, times the raw driver one by one",
      value: (median) => median(concurrent(sqliteJobs).name, "enqueue") / median(rawOneByOne.name, "enqueue"),
      atLeast: 20,
    },
    {
      id: "Q1",
      title: "one awaited enqueue, times the raw driver",
      value: (median) => median(lone(sqliteJobs).name, "enqueue") / median(rawOneByOne.name, "enqueue"),
      atLeast: 0.9,
    },
    ...TIMES_PLAINJOB.map(
      ([concurrency, atLeast]): Mark => ({
        id: "Q2",
        title: `consume at ${concurrency} with results kept, times plainjob as it comes (normal)`,
        value: (median) =>
          median(consumeAt(sqliteJobs, concurrency).name, "consume") /
          median(consumeAt(plainjobAsItComes, concurrency).name, "consume"),
        atLeast,
      }),
    ),
    {
      id: "Q3",
      title: "two processes, a thousand sends at once, jobs/s",
      value: (median) => median(BATCHES, "end to end"),
      atLeast: 80_000,
    },
    {
      id: "Q3",
      title: "two processes, a hundred callers of single adds, jobs/s",
      value: (median) => median(SINGLES, "end to end"),
      atLeast: 15_000,
    },
    {
      id: "Q4",
      title: "idle enqueue to start in another process, p50 in ms",
      value: (median) => median(idleStart.name, "start p50"),
      atMost: 10,
    },
    {
      id: "Q4",
      title: "CPU of an idle worker, in %",
      value: (median) => median(idleStart.name, "CPU while idle"),
      atMost: 1,
    },
    {
      id: "Q4",
      title: "cost of a job among many stored, times that among a thousand",
      value: (median) =>
        (median(MANY.name, "enqueue") + median(MANY.name, "work")) /
        (median(FEW.name, "enqueue") + median(FEW.name, "work")),
      atMost: 1.25,
    },
  ],
};
