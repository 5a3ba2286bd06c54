import type { ContenderKind } from "../../contenders/contender.ts";
import {
  consume,
  enqueueAwaited,
  enqueueBulk,
  enqueueConcurrent,
  idleStart,
} from "../../contenders/contender-cases.ts";
import type { BenchCase, Mark, Suite } from "../../harness/bench-case.ts";
import { batchedGraphileContender, graphileContender } from "./graphile-contender.ts";
import { outboxRelayed } from "./outbox-case.ts";
import { pgBossContender } from "./pg-boss-contender.ts";
import { postgresJobs, postgresStage } from "./postgres-stage.ts";
import { amongStored } from "./stored-cases.ts";

/** A case that measures several contenders. */
type Shared = (kind: ContenderKind) => BenchCase;

const lone: Shared = (kind) => enqueueAwaited(postgresStage, kind, { jobs: 2_000 });
const concurrent: Shared = (kind) =>
  enqueueConcurrent(postgresStage, kind, { jobs: kind.isBatched ? 20_000 : 2_000 });
const bulk: Shared = (kind) => enqueueBulk(postgresStage, kind, { jobs: 20_000 });
const consume1: Shared = (kind) => consume(postgresStage, kind, { concurrency: 1, jobs: 5_000 });
const consume10: Shared = (kind) => consumeAt(kind, 10);
const consume100: Shared = (kind) => consumeAt(kind, 100);
/** pg-boss looks twice a second, so fewer jobs are enough. */
const idle: Shared = (kind) =>
  idleStart(postgresStage, kind, kind === pgBossContender ? { jobs: 20, warmUp: 10 } : { jobs: 200 });

function consumeAt(kind: ContenderKind, concurrency: number): BenchCase {
  return consume(postgresStage, kind, { concurrency, jobs: postgresStage.busyJobs(kind) });
}

const KINDS = postgresStage.kinds;

/** Batching changes only how the worker fetches and completes. */
const SENDERS = KINDS.filter((kind) => kind !== batchedGraphileContender);

const FEW = amongStored(1_000);
/** `--stored` sets how many wait. */
const MANY = amongStored(Number(process.env.JOBS_BENCH_STORED ?? 1_000_000));

/** Compares ours with all defaults to its peers, each on its own new Postgres with the same settings. */
export const postgresSuite: Suite = {
  name: "postgres",
  title: "Postgres",
  isWarm: true,
  cases: [
    ...[lone, concurrent, bulk].flatMap((shared) => SENDERS.map(shared)),
    ...[consume1, consume10, consume100].flatMap((shared) => KINDS.map(shared)),
    ...SENDERS.map(idle),
    FEW,
    MANY,
    outboxRelayed,
  ],
  marks: [
    timesGraphile(lone, "enqueue", { id: "P1", title: "one awaited enqueue", atLeast: 2 }),
    timesGraphile(concurrent, "enqueue", { id: "P1", title: "1,000 concurrent enqueues", atLeast: 2 }),
    timesGraphile(bulk, "enqueue", { id: "P1", title: "enqueues in bulk", atLeast: 2 }),
    timesGraphile(consume1, "consume", { id: "P2", title: "consume at 1", atLeast: 2 }),
    timesGraphile(consume10, "consume", { id: "P2", title: "consume at 10", atLeast: 2 }),
    timesGraphile(consume100, "consume", { id: "P2", title: "consume at 100", atLeast: 2 }),
    {
      id: "P2",
      title: "consume at 100, times graphile-worker, batched",
      value: (median) =>
        median(consume100(postgresJobs).name, "consume") /
        median(consume100(batchedGraphileContender).name, "consume"),
      atLeast: 1.5,
    },
    {
      id: "P3",
      title: "idle enqueue to start, p50 in ms",
      value: (median) => median(idle(postgresJobs).name, "start p50"),
      atMost: 3,
    },
    {
      id: "P4",
      title: "CPU of a job among many stored, times that among a thousand",
      value: (median) => median(MANY.name, "CPU a job") / median(FEW.name, "CPU a job"),
      atMost: 1.25,
    },
    {
      id: "P5",
      title: "jobs of an outbox relayed to Redis a second",
      value: (median) => median(outboxRelayed.name, "relay"),
      atLeast: 20_000,
    },
  ],
};

/** Our figure divided by that of graphile-worker as it comes. */
function timesGraphile(shared: Shared, figure: string, mark: Omit<Mark, "value">): Mark {
  return {
    ...mark,
    title: `${mark.title}, times graphile-worker`,
    value: (median) =>
      median(shared(postgresJobs).name, figure) / median(shared(graphileContender).name, figure),
  };
}
