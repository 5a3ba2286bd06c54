import { type BenchCase, byScale, type Scale } from "../harness/bench-case.ts";
import { idleLatencies, startInTurn } from "../load/idle-latencies.ts";
import { rateOf } from "../load/rate.ts";
import { inWaves } from "../load/waves.ts";
import type { Contender, ContenderKind, MeasuredBroker, Stage } from "./contender.ts";
import { consumeUnits, JobMeter, serverFigure, serverUnit } from "./job-meter.ts";
import { onStage } from "./on-stage.ts";

/** How much a case does. */
export interface Amount {
  /** Jobs of a full run. A quick one has a tenth. */
  readonly jobs: number;
  /** Jobs before the measurement, so that most code is compiled by then. Default: as many as `jobs`. */
  readonly warmUp?: number;
}

/** A caller that waits for each job before it sends the next. */
export function enqueueAwaited(stage: Stage, kind: ContenderKind, amount: Amount): BenchCase {
  return enqueueCase(stage, kind, {
    ...amount,
    work: "one awaited",
    send: async ({ enqueue }, count) => {
      for (let n = 0; n < count; n++) await enqueue();
    },
  });
}

/** A thousand callers at once. `variant` is added to the name, such as the size of `text`. */
export function enqueueConcurrent(
  stage: Stage,
  kind: ContenderKind,
  amount: Amount & { readonly variant?: string; readonly text?: string },
): BenchCase {
  const { variant, text } = amount;
  return enqueueCase(stage, kind, {
    ...amount,
    work: withVariant("1,000 concurrent", variant),
    send: (contender, count) => inWaves(count, senderOf(contender, text)),
  });
}

/** One caller that sends a thousand jobs in each call. */
export function enqueueBulk(stage: Stage, kind: ContenderKind, amount: Amount): BenchCase {
  return enqueueCase(stage, kind, {
    ...amount,
    work: "in bulk",
    send: ({ fill }, count) => fill(count),
  });
}

interface Sending extends Amount {
  readonly work: string;
  send(contender: Contender, count: number): Promise<unknown>;
}

function enqueueCase(stage: Stage, kind: ContenderKind, sending: Sending): BenchCase {
  const { jobs, warmUp = jobs, work, send } = sending;
  return {
    name: `${kind.name}, ${work}`,
    row: { broker: stage.title, work, by: kind.name },
    units: { enqueue: "jobs/s", ...serverUnit(stage) },
    run: (scale) =>
      onStage(stage, kind, async (contender, broker) => {
        const count = byScale(scale, jobs, jobs / 10);
        await send(contender, Math.min(count, warmUp));
        const before = await broker.cpuMs();
        const enqueue = await rateOf(count, () => send(contender, count));
        return { enqueue, ...(await serverFigure(stage, broker, before, count)) };
      }),
  };
}

/** Runs jobs that are already stored, and measures what Node and the broker use for one. */
export function consume(
  stage: Stage,
  kind: ContenderKind,
  {
    concurrency,
    jobs,
    warmUp = jobs,
    variant,
  }: Amount & { readonly concurrency: number; readonly variant?: string },
): BenchCase {
  const work = withVariant(`consume at ${concurrency}`, variant);
  return {
    name: `${kind.name}, ${work}`,
    row: { broker: stage.title, work, by: kind.name },
    units: consumeUnits(stage),
    run(scale) {
      const metered = { jobs: byScale(scale, jobs, jobs / 10), warmUp: byScale(scale, warmUp, warmUp / 10) };
      const all = metered.jobs + metered.warmUp;
      const meter = new JobMeter(stage, metered);
      const measure = async (contender: Contender, broker: MeasuredBroker) => {
        await contender.fill(all);
        return meter.measure(broker, () => contender.consume(all, concurrency));
      };
      return onStage(stage, kind, measure, () => meter.ran());
    },
  };
}

/**
 * A job sent to a worker that has nothing to do. `jobs`: how many, fewer for a peer that only polls. `warmUp`: default ten
 * times as many, without a rest between them.
 */
export function idleStart(
  stage: Stage,
  kind: ContenderKind,
  { jobs, warmUp = 10 * jobs }: Amount,
): BenchCase {
  const work = "idle worker";
  return {
    name: `${kind.name}, ${work}`,
    row: { broker: stage.title, work, by: kind.name },
    units: { "start p50": "ms", "start p99": "ms" },
    run(scale) {
      let onStart = () => {};
      const measure = async ({ enqueue, serve }: Contender) => {
        await serve(10);
        const send = (started: () => void) => {
          onStart = started;
          return enqueue();
        };
        await startInTurn(byScale(scale, warmUp, warmUp / 10), send);
        return idleLatencies(byScale(scale, jobs, jobs / 5), send);
      };
      return onStage(stage, kind, measure, () => onStart());
    },
  };
}

/** The bytes of a waiting job, where the broker can say it. `text`: what each carries instead of a number. */
export function waitingBytes(
  stage: Stage,
  kind: ContenderKind,
  { jobs, warmUp, variant, text }: Required<Amount> & { readonly variant?: string; readonly text?: string },
): BenchCase {
  const work = withVariant("waiting jobs", variant);
  return {
    name: `${kind.name}, ${work}`,
    row: { broker: stage.title, work, by: kind.name },
    units: { "a job": "bytes" },
    run: (scale: Scale) =>
      onStage(stage, kind, async (contender, broker) => {
        const count = byScale(scale, jobs, jobs / 10);
        const send = senderOf(contender, text);
        await inWaves(warmUp, send);
        const before = (await broker.usedBytes()) ?? Number.NaN;
        await inWaves(count, send);
        return { "a job": (((await broker.usedBytes()) ?? Number.NaN) - before) / count };
      }),
  };
}

function senderOf({ enqueue, enqueueText }: Contender, text?: string): () => Promise<unknown> {
  return text === undefined ? enqueue : () => enqueueText(text);
}

function withVariant(work: string, variant: string | undefined): string {
  return variant === undefined ? work : `${work}, ${variant}`;
}
