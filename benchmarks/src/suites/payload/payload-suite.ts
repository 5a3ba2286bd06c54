import { randomBytes } from "node:crypto";
import type { Contender, ContenderKind, MeasuredBroker, Stage } from "../../contenders/contender.ts";
import { consumeUnits, JobMeter } from "../../contenders/job-meter.ts";
import { onStage } from "../../contenders/on-stage.ts";
import { type BenchCase, byScale, type Suite } from "../../harness/bench-case.ts";
import { rateOf } from "../../load/rate.ts";
import { inWaves } from "../../load/waves.ts";
import { pQueueContender } from "../memory/memory-stage.ts";
import { COST_UNITS, costOf } from "../sqs/sqs-price.ts";
import { STAGES } from "../stages.ts";

/** What a job carries. */
interface Payload {
  readonly name: string;
  /** Length of the text, in bytes. Without one, a job carries a number. */
  readonly bytes?: number;
  /** Share of the stage's usual jobs: large ones fill memory and disk. */
  readonly share: number;
}

const PAYLOADS: readonly Payload[] = [
  { name: "a number", share: 0.5 },
  { name: "1 KiB", bytes: 1_024, share: 0.5 },
  { name: "64 KiB", bytes: 65_536, share: 0.05 },
];

/** Fewer say little. */
const LEAST_JOBS = 1_000;

/** A thousand callers send at once, then a worker runs all at concurrency 100. In between, the stored jobs are measured. */
function payloadCase(stage: Stage, kind: ContenderKind, { name: work, bytes, share }: Payload): BenchCase {
  return {
    name: `${stage.title}, ${kind.name}, ${work}`,
    row: { broker: stage.title, work, by: kind.name },
    units: {
      enqueue: "jobs/s",
      ...consumeUnits(stage),
      ...(stage.hasSize ? { "a waiting job": "bytes" } : {}),
      ...(stage.isBilled ? COST_UNITS : {}),
    },
    run(scale) {
      const usual = stage.sentJobs?.(kind) ?? stage.busyJobs(kind);
      const text = bytes === undefined ? undefined : textOf(bytes);
      const full = Math.max(LEAST_JOBS, usual * share);
      const jobs = byScale(scale, full, full / 10);
      const meter = new JobMeter(stage, { jobs, warmUp: jobs });
      const measure = async (contender: Contender, broker: MeasuredBroker) => {
        const send = text === undefined ? contender.enqueue : () => contender.enqueueText(text);
        const billedBefore = await broker.billedRequests?.();
        await inWaves(jobs, send);
        const sizeBefore = await broker.usedBytes();
        const enqueue = await rateOf(jobs, () => inWaves(jobs, send));
        const size = await broker.usedBytes();
        const worked = await meter.measure(broker, () => contender.consume(2 * jobs, 100));
        const billed = await broker.billedRequests?.();
        return {
          enqueue,
          ...worked,
          ...(size === undefined ? {} : { "a waiting job": (size - (sizeBefore ?? 0)) / jobs }),
          ...(billed === undefined ? {} : costOf(billed - (billedBefore ?? 0), 2 * jobs)),
        };
      };
      return onStage(stage, kind, measure, () => meter.ran());
    },
  };
}

/** No database can store it in less space, as with the parameters of most jobs: they are all different. */
function textOf(bytes: number): string {
  return randomBytes(bytes).toString("base64").slice(0, bytes);
}

/** The same work on all brokers, one after the other, so that they compare with each other too. */
export const payloadSuite: Suite = {
  name: "payload",
  title: "Sizes of payloads",
  isWarm: true,
  cases: STAGES.flatMap((stage) =>
    // p-queue holds functions and carries nothing.
    stage.kinds
      .filter((kind) => kind !== pQueueContender)
      .flatMap((kind) => PAYLOADS.map((payload) => payloadCase(stage, kind, payload))),
  ),
  marks: [],
};
