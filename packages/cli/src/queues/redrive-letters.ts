import type { App } from "@jobs/core";
import { fullQueueName, type RedriveOptions } from "@jobs/core/broker";
import {
  keepAliveClock,
  listenToStopSignals,
  type RetryLetters,
  type RetryStep,
  retryDeadLetters,
  sleep,
  type UnfitJob,
} from "@jobs/core/runtime";
import { within } from "../base/with-app.ts";
import { EXIT } from "../output/exit-codes.ts";
import { endProcess } from "../output/exit-process.ts";
import { openProgress } from "../output/open-progress.ts";
import type { SelectedQueue } from "./selected-queues.ts";
import type { ChosenDeadLetters } from "./wanted-dead-letters.ts";

/** The work on the dead letters of one queue, step by step. */
export interface QueueWork {
  readonly name: string;
  /** Dead letters that are looked at; infinite where that is not known. */
  readonly most: number;
  readonly steps: AsyncGenerator<RetryStep>;
}

/** The outcome for the dead letters of one queue. */
export interface RetriedQueue extends Omit<RetryStep, "unfit" | "missing"> {
  readonly name: string;
}

/** The outcome of a retry. */
export interface RetryReport {
  readonly queues: readonly RetriedQueue[];
  readonly unfit: readonly UnfitJob[];
  /** Ids that were named, and that were not put back: they are not dead any more, or hidden. */
  readonly missing: readonly string[];
  /** Whether somebody stopped it before its end. */
  readonly isStopped: boolean;
}

/** Dead letters in one step: enough for the broker's batches, little enough to see it go on. */
const STEP = 1_000;

/** The same where each is read and checked first. */
const CHECKED_STEP = 500;

/** Steps per second at a slow rate, so that no step is a burst. */
const STEPS_PER_SECOND = 5;

/** The most jobs of a step at a rate in jobs per second. */
function stepSizeAt(rate: number | undefined, most: number): number {
  return rate === undefined ? most : Math.max(1, Math.min(most, Math.ceil(rate / STEPS_PER_SECOND)));
}

/** How all steps are done. */
export interface RetryPace {
  readonly app: App;
  /** Jobs per second. Default: no limit. */
  readonly rate: number | undefined;
  /** `--timeout` of one step, in ms. */
  readonly timeout: number | undefined;
}

/** Does all steps, at a rate. A stop signal ends it after the step that is under way. */
export async function driveRetry(work: readonly QueueWork[], pace: RetryPace): Promise<RetryReport> {
  const stop = new AbortController();
  const onForce = () => endProcess(EXIT.forced);
  const release = listenToStopSignals({ onStop: () => stop.abort(), onForce, clock: keepAliveClock });
  try {
    return await doSteps(work, pace, stop.signal);
  } finally {
    release();
  }
}

async function doSteps(
  work: readonly QueueWork[],
  { app, rate, timeout }: RetryPace,
  stop: AbortSignal,
): Promise<RetryReport> {
  using progress = await openProgress("put back");
  const all = work.reduce((sum, { most }) => sum + most, 0);
  const startedAt = keepAliveClock.monotonic();
  const unfit: UnfitJob[] = [];
  const missing: string[] = [];
  const queues: RetriedQueue[] = [];
  let [moved, seen] = [0, 0];
  for (const { name, steps } of work) {
    let sum: RetriedQueue = { name, seen: 0, fit: 0, changed: 0, moved: 0, skipped: 0 };
    while (!stop.aborted) {
      const { value: step } = await within({ app, timeout }, steps.next());
      if (step === undefined) break;
      unfit.push(...step.unfit);
      missing.push(...(step.missing ?? []));
      sum = withStep(sum, step);
      moved += step.moved;
      seen += step.seen;
      progress?.show({ count: moved, share: Number.isFinite(all) ? seen / all : undefined });
      const dueAt = rate === undefined ? 0 : startedAt + (moved * 1_000) / rate;
      await sleep(keepAliveClock, Math.max(0, dueAt - keepAliveClock.monotonic()), stop);
    }
    queues.push(sum);
  }
  return { queues, unfit, missing, isStopped: stop.aborted };
}

function withStep(sum: RetriedQueue, step: RetryStep): RetriedQueue {
  return {
    name: sum.name,
    seen: sum.seen + step.seen,
    fit: sum.fit + step.fit,
    changed: sum.changed + step.changed,
    moved: sum.moved + step.moved,
    skipped: sum.skipped + step.skipped,
    // A later look knows better, and each counts all.
    hidden: step.hidden ?? sum.hidden,
  };
}

/** Which dead letters are put back without a look at them, and where. */
export interface PlainRetry extends Pick<RedriveOptions, "limit" | "to"> {
  readonly rate: number | undefined;
}

/**
 * Puts back the oldest of each queue, without reading them first. On some brokers reading costs as much as moving, and
 * has a limit. What dies meanwhile is not meant, where the broker counts exactly.
 */
export async function oldestWork(
  queues: readonly SelectedQueue[],
  { rate, ...target }: PlainRetry,
): Promise<readonly QueueWork[]> {
  const work: QueueWork[] = [];
  for (const selected of queues) {
    const most =
      target.to === undefined ? await countMeant(selected, target.limit) : Number.POSITIVE_INFINITY;
    // Without an exact number, one call moves all.
    const chunk = Number.isFinite(most) || rate !== undefined ? stepSizeAt(rate, STEP) : target.limit;
    const left = Math.min(most, target.limit);
    work.push({ name: selected.name, most, steps: oldestSteps(selected, { left, chunk, to: target.to }) });
  }
  return work;
}

async function* oldestSteps(
  { queue }: SelectedQueue,
  plan: { left: number; readonly chunk: number; readonly to: string | undefined },
): AsyncGenerator<RetryStep> {
  const { chunk, to } = plan;
  const target = to === undefined ? {} : { to };
  for (let { left } = plan; left > 0; ) {
    const { moved, hidden } = await queue.redrive({ ...target, limit: Math.min(chunk, left) });
    yield { ...plainStep(moved, moved), hidden };
    left = moved === 0 || chunk >= left ? 0 : left - moved;
  }
}

/** Puts back the named ones, one by one: a broker tells only how many it has moved, and one may be gone meanwhile. */
export function chosenWork(
  chosen: readonly ChosenDeadLetters[],
  to: string | undefined,
): readonly QueueWork[] {
  return chosen.map((one) => ({ name: one.name, most: one.ids.length, steps: chosenSteps(one, to) }));
}

async function* chosenSteps(
  { queue, ids }: ChosenDeadLetters,
  to: string | undefined,
): AsyncGenerator<RetryStep> {
  const target = to === undefined ? {} : { to };
  for (const id of ids) {
    const { moved, hidden } = await queue.redrive({ ids: [id], limit: 1, ...target });
    yield { ...plainStep(1, moved), hidden, ...(moved === 0 && { missing: [id] }) };
  }
}

function plainStep(seen: number, moved: number): RetryStep {
  return { seen, fit: seen, changed: 0, moved, skipped: 0, unfit: [] };
}

/** Puts back those that are meant after they were read, and checked unless `isUnchecked`. `chosen`: only these. */
export async function checkedWork(
  app: App,
  queues: readonly (SelectedQueue & Partial<Pick<ChosenDeadLetters, "ids">>)[],
  { rate, limit, ...retry }: RetryLetters & { readonly rate: number | undefined },
): Promise<readonly QueueWork[]> {
  const work: QueueWork[] = [];
  for (const selected of queues) {
    const { name, ids } = selected;
    const most = ids?.length ?? (await countMeant(selected, limit ?? Number.MAX_SAFE_INTEGER));
    const options = { ...retry, ids, limit, stepSize: stepSizeAt(rate, CHECKED_STEP) };
    work.push({ name, most, steps: retryDeadLetters(app, name, options) });
  }
  return work;
}

/** How many dead letters of a queue are meant; infinite where the broker counts by estimate. */
async function countMeant({ queue }: SelectedQueue, limit: number): Promise<number> {
  const { dead } = await queue.stats();
  return dead.n === null || !dead.exact ? Number.POSITIVE_INFINITY : Math.min(limit, dead.n);
}

/** The full name of another queue. */
export function targetQueue(app: App, to: string | undefined): Pick<RedriveOptions, "to"> {
  return to === undefined ? {} : { to: fullQueueName(app.config.queuePrefix, to) };
}
