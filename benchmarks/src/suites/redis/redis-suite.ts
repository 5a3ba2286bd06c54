import type { BenchCase, Mark, Suite } from "../../harness/bench-case.ts";
import { bullmqContender } from "./bullmq-contender.ts";
import type { ContenderKind } from "./contender.ts";
import { consume, enqueueAwaited, enqueueConcurrent, idleStart, waitingMemory } from "./contender-cases.ts";
import { bullmqEngineContender, jobsContender } from "./jobs-contender.ts";

/** A case that measures both. */
type Shared = (kind: ContenderKind) => BenchCase;

const lone: Shared = (kind) => enqueueAwaited(kind);
const concurrent: Shared = (kind) => enqueueConcurrent(kind, "a number", "in memory");
const concurrentLarge: Shared = (kind) => enqueueConcurrent(kind, "1 KiB", "in memory");
const concurrentDurable: Shared = (kind) => enqueueConcurrent(kind, "a number", "AOF everysec");
const consume1: Shared = (kind) => consume(kind, 1, "in memory");
const consume10: Shared = (kind) => consume(kind, 10, "in memory");
const consume100: Shared = (kind) => consume(kind, 100, "in memory");
const consumeDurable: Shared = (kind) => consume(kind, 100, "AOF everysec");
const waiting: Shared = (kind) => waitingMemory(kind, "a number");
const waitingText: Shared = (kind) => waitingMemory(kind, "200 bytes");

const SHARED: readonly Shared[] = [
  lone,
  concurrent,
  concurrentLarge,
  concurrentDurable,
  consume1,
  consume10,
  consume100,
  consumeDurable,
  idleStart,
  waiting,
  waitingText,
];

/** What our engine "bullmq" is measured by: what it costs to run a queue by BullMQ's own scripts. */
const BY_BULLMQ: readonly Shared[] = [lone, concurrent, consume1, consume10, consume100];

/** Compares ours with all defaults to plain BullMQ, each on its own empty Redis. */
export const redisSuite: Suite = {
  name: "redis",
  title: "Redis",
  cases: [
    ...SHARED.flatMap((shared) => [shared(jobsContender), shared(bullmqContender)]),
    ...BY_BULLMQ.map((shared) => shared(bullmqEngineContender)),
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
    timesBullmq(idleStart, "start p50", { id: "R3", title: "idle enqueue to start, p50", atMost: 0.6 }),
    timesBullmq(waiting, "a job", { id: "R3", title: "memory of a waiting job", atMost: 2 }),
    timesBullmq(waitingText, "a job", { id: "R3", title: "the same with 200 bytes of text", atMost: 2 }),
  ],
};

/** Our figure divided by BullMQ's. */
function timesBullmq(shared: Shared, figure: string, mark: Omit<Mark, "value">): Mark {
  return {
    ...mark,
    title: `${mark.title}, times BullMQ`,
    value: (median) =>
      median(shared(jobsContender).name, figure) / median(shared(bullmqContender).name, figure),
  };
}
