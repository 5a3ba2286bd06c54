import { setTimeout as sleep } from "node:timers/promises";
import { superviseWorker, type WorkerSurroundings } from "./supervise.ts";

/** The processes that share the work on records. */
const MAX_PROCESSES = 2;

/** How often the queues are checked for remaining work, in ms. */
const LOOK_MS = 200;

/** Messages in the two queues. */
export interface QueueLengths {
  /** Records waiting for a worker. */
  readonly ready: number;
  /** Records waiting for their next attempt. */
  readonly retrying: number;
  /** Records being worked on. */
  readonly running: number;
  /** Processed records on their way to the output. */
  readonly writing: number;
  readonly dead: number;
}

/** What a run of the workers needs. */
export interface WorkersRun {
  /** Records worked on at once, over all processes. */
  readonly workers: number;
  readonly surroundings: WorkerSurroundings;
  lengths(): Promise<QueueLengths>;
  onProgress(lengths: QueueLengths): void;
}

/**
 * Runs worker processes until both queues are empty. Some process records; one alone writes them, one record at a time.
 * Resolves with 0, or with the status of a worker that cannot continue.
 */
export async function runWorkers(run: WorkersRun): Promise<number> {
  const over = new AbortController();
  const signal = AbortSignal.any([run.surroundings.signal, over.signal]);
  const surroundings = { ...run.surroundings, signal };
  let status = 0;
  const supervise = async (args: readonly string[], isNeeded?: () => boolean) => {
    const ended = await superviseWorker(args, surroundings, isNeeded);
    if (ended === 0) return;
    status = ended;
    over.abort();
  };

  let processing = 0;
  const processes = shareOut(run.workers).map(async (concurrency) => {
    processing++;
    await supervise(["--queues", "etl", "--drain", "--concurrency", String(concurrency)]);
    processing--;
  });
  // An idle writer ends by itself, so that none remains when this process is killed.
  const writer = ["--queues", "output", "--until-idle", "5s", "--concurrency", "1"];
  processes.push(supervise(writer, () => true));

  while (!signal.aborted) {
    const areProcessed = processing === 0;
    const lengths = await run.lengths();
    run.onProgress(lengths);
    if (areProcessed && lengths.writing === 0) over.abort();
    else await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(processes);
  return status;
}

/** How many records each process works on at once, so that all together work on `workers`. */
export function shareOut(workers: number): readonly number[] {
  const processes = Math.min(MAX_PROCESSES, workers);
  return Array.from({ length: processes }, (_, index) => Math.floor((workers + index) / processes));
}
