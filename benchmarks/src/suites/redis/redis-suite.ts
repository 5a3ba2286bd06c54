import type { ContenderKind } from "../../contenders/contender.ts";
import {
  consume,
  enqueueAwaited,
  enqueueConcurrent,
  idleStart,
  waitingBytes,
} from "../../contenders/contender-cases.ts";
import { amongStored } from "../../contenders/stored-case.ts";
import type { BenchCase, Mark, Suite } from "../../harness/bench-case.ts";
import { bullmqContender } from "./bullmq-contender.ts";
import { bullmqEngine, redisInMemory, redisJobs, redisWithAof } from "./redis-stage.ts";

/** A case that measures several contenders. */
type Shared = (kind: ContenderKind) => BenchCase;

const MANY = { jobs: 50_000 };
const AOF = { variant: "AOF everysec" };
const KIB = { variant: "1 KiB", text: "x".repeat(1_024) };
const TEXT = { variant: "200 bytes", text: "x".repeat(200) };

/** They fill the stream of events to its limit, so that it no longer grows with the jobs. */
const WAITING = { jobs: 100_000, warmUp: 20_000 };

const lone: Shared = (kind) => enqueueAwaited(redisInMemory, kind, { jobs: 10_000 });
const concurrent: Shared = (kind) => enqueueConcurrent(redisInMemory, kind, MANY);
const concurrentLarge: Shared = (kind) => enqueueConcurrent(redisInMemory, kind, { ...MANY, ...KIB });
const concurrentDurable: Shared = (kind) => enqueueConcurrent(redisWithAof, kind, { ...MANY, ...AOF });
const consume1: Shared = (kind) => consume(redisInMemory, kind, { concurrency: 1, jobs: 10_000 });
const consume10: Shared = (kind) => consume(redisInMemory, kind, { concurrency: 10, jobs: 40_000 });
const consume100: Shared = (kind) => consume(redisInMemory, kind, { concurrency: 100, jobs: 40_000 });
const consumeDurable: Shared = (kind) =>
  consume(redisWithAof, kind, { concurrency: 100, jobs: 40_000, ...AOF });
const idle: Shared = (kind) => idleStart(redisInMemory, kind, { jobs: 300 });
const waiting: Shared = (kind) => waitingBytes(redisInMemory, kind, WAITING);
const waitingText: Shared = (kind) => waitingBytes(redisInMemory, kind, { ...WAITING, ...TEXT });

const SHARED: readonly Shared[] = [
  lone,
  concurrent,
  concurrentLarge,
  concurrentDurable,
  consume1,
  consume10,
  consume100,
  consumeDurable,
  idle,
  waiting,
  waitingText,
];

/** What our engine "bullmq" is measured by: what it costs to run a queue by BullMQ's own scripts. */
const BY_BULLMQ: readonly Shared[] = [lone, concurrent, consume1, consume10, consume100];

/** Compares ours with all defaults to plain BullMQ and bee-queue, each on its own empty Redis. */
export const redisSuite: Suite = {
  name: "redis",
  title: "Redis",
  isWarm: true,
  cases: [
    ...SHARED.flatMap((shared) => redisInMemory.kinds.map(shared)),
    ...BY_BULLMQ.map((shared) => shared(bullmqEngine)),
    ...[redisJobs, bullmqContender].map((kind) => amongStored(redisInMemory, kind, { jobs: 20_000 })),
  ],
  marks: [
    timesBullmq(lone, "enqueue", { id: "R1", title: "one awaited enqueue", atLeast: 1.2 }),
    timesBullmq(concurrent, "enqueue", { id: "R1", title: "1,000 concurrent enqueues", atLeast: 3.5 }),
    timesBullmq(concurrentLarge, "enqueue", { id: "R1", title: "the same with 1 KiB", atLeast: 2 }),
    timesBullmq(concurrentDurable, "enqueue", { id: "R1", title: "the same with AOF everysec", atLeast: 2 }),
    timesBullmq(consume1, "consume", { id: "R2", title: "consume at 1", atLeast: 1.7 }),
    timesBullmq(consume10, "consume", { id: "R2", title: "consume at 10", atLeast: 2 }),
    timesBullmq(consume100, "consume", { id: "R2", title: "consume at 100", atLeast: 2.5 }),
    timesBullmq(consumeDurable, "consume", {
      id: "R2",
      title: "consume at 100 with AOF everysec",
      atLeast: 1.8,
    }),
    timesBullmq(consume100, "CPU of Node a job", {
      id: "R2",
      title: "CPU of Node a job at 100",
      atMost: 0.25,
    }),
    timesBullmq(idle, "start p50", { id: "R3", title: "idle enqueue to start, p50", atMost: 0.6 }),
    timesBullmq(waiting, "a job", { id: "R3", title: "memory of a waiting job", atMost: 2 }),
    timesBullmq(waitingText, "a job", { id: "R3", title: "the same with 200 bytes of text", atMost: 2 }),
  ],
};

/** Our figure divided by BullMQ's. */
function timesBullmq(shared: Shared, figure: string, mark: Omit<Mark, "value">): Mark {
  return {
    ...mark,
    title: `${mark.title}, times BullMQ`,
    value: (median) => median(shared(redisJobs).name, figure) / median(shared(bullmqContender).name, figure),
  };
}
