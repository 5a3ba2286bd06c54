import type { RedriveOptions } from "@jobs/core/broker";
import { openProgress } from "../output/open-progress.ts";
import type { Progress } from "../output/progress.ts";
import type { SelectedQueue } from "./selected-queues.ts";
import type { ChosenDeadLetters } from "./wanted-dead-letters.ts";

/** The outcome for the dead letters of one queue. */
export interface RetriedQueue {
  readonly name: string;
  /** Dead letters that were meant. */
  readonly count: number;
  readonly moved: number;
}

/** Dead letters in one call: enough for the broker's batches, little enough to see it go on. */
const CHUNK = 1_000;

/**
 * Puts back the oldest `limit` of each queue, without reading them first. On some brokers reading costs as much as
 * moving, and has a limit. What dies meanwhile is not meant, where the broker counts exactly.
 */
export async function retryAll(
  queues: readonly SelectedQueue[],
  { limit, ...target }: RedriveOptions,
): Promise<readonly RetriedQueue[]> {
  const meant: number[] = [];
  for (const queue of queues) meant.push(await countMeant(queue, limit, target));
  using progress = await openProgress("put back");
  const count = countMoves(progress, total(meant));
  const retried: RetriedQueue[] = [];
  for (const [index, { name, queue }] of queues.entries()) {
    const most = meant[index] ?? limit;
    // Without an exact number, one call moves all.
    const chunk = Number.isFinite(most) ? CHUNK : limit;
    let moved = 0;
    for (let left = Math.min(most, limit); left > 0; ) {
      const step = await queue.redrive({ ...target, limit: Math.min(chunk, left) });
      moved += step.moved;
      left = step.moved === 0 || chunk === limit ? 0 : left - step.moved;
      count(step.moved);
    }
    retried.push({ name, count: moved, moved });
  }
  return retried;
}

/** Puts back the chosen ones. Those that are gone meanwhile are not moved. */
export async function retryChosen(
  chosen: readonly ChosenDeadLetters[],
  target: Pick<RedriveOptions, "to">,
): Promise<readonly RetriedQueue[]> {
  using progress = await openProgress("put back");
  const count = countMoves(progress, total(chosen.map(({ ids }) => ids.length)));
  const retried: RetriedQueue[] = [];
  for (const { name, queue, ids } of chosen) {
    let moved = 0;
    for (let start = 0; start < ids.length; start += CHUNK) {
      const part = ids.slice(start, start + CHUNK);
      const step = await queue.redrive({ ids: part, limit: part.length, ...target });
      moved += step.moved;
      count(step.moved);
    }
    retried.push({ name, count: ids.length, moved });
  }
  return retried;
}

/**
 * How many dead letters of a queue are meant; infinite where the broker counts by estimate. It is also infinite for
 * another queue: one that cannot be moved there would be met again in each call.
 */
async function countMeant(
  { queue }: SelectedQueue,
  limit: number,
  { to }: Pick<RedriveOptions, "to">,
): Promise<number> {
  if (to !== undefined) return Number.POSITIVE_INFINITY;
  const { dead } = await queue.stats();
  return dead.n === null || !dead.exact ? Number.POSITIVE_INFINITY : Math.min(limit, dead.n);
}

function countMoves(progress: Progress | undefined, all: number): (moved: number) => void {
  let count = 0;
  return (moved) => {
    count += moved;
    progress?.show({ count, share: Number.isFinite(all) ? count / all : undefined });
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
