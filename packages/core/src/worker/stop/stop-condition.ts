import type { QueueStats } from "../../broker/queue-stats.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { StopCondition } from "../worker.ts";
import type { StopCause } from "../worker-report.ts";

/** Ends a worker when its condition is met. */
export interface StopWatcher {
  /** Checks the condition after a change. */
  check(): void;
  stop(): void;
}

/** A queue of the worker: its numbers, and whether its broker or a worker's own rule gives no jobs of it. */
export interface WatchedQueue extends QueueStats {
  /** Without prefix. */
  readonly name: string;
}

/** The engine, as a {@link StopWatcher} sees it. */
export interface WatchedWork {
  /** Whether no job runs and no settlement waits. */
  readonly isQuiet: boolean;
  /** Whether the last receive of every queue was empty. */
  readonly isDry: boolean;
  /** Whether the broker of a queue does not answer. */
  readonly isDown: boolean;
  /** Every queue has been asked at least once. */
  readonly hasAskedAll: boolean;
  /** Jobs that have left the worker by a confirmed settlement. */
  readonly settled: number;
  /** Numbers of all queues. */
  stats(): Promise<readonly WatchedQueue[]>;
  /** Called when the condition is met. */
  end(cause: StopCause): void;
}

/** Pauses between reads of the numbers while other workers have jobs, in ms. */
const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1_000;

/** How often in a row approximate numbers must be zero. */
const APPROXIMATE_LOOKS = 3;

/** Creates a {@link StopWatcher}; without a condition it never ends anything. */
export function watchStopCondition(
  work: WatchedWork,
  until: StopCondition | undefined,
  runtime: Runtime,
): StopWatcher {
  if (until?.type === "drained") return watchDrained(work, runtime);
  if (until?.type === "idle") return watchIdle(work, until.forMs, runtime);
  const check = () => {
    if (until?.type === "once" && work.hasAskedAll) work.end("once");
    if (until?.type === "settled" && work.settled >= until.jobs) work.end("max_jobs");
  };
  return { check, stop() {} };
}

function watchIdle(work: WatchedWork, forMs: number, { clock }: Runtime): StopWatcher {
  let cancel: (() => void) | undefined;
  let settled = work.settled;
  return {
    check() {
      const isBusy = !work.isQuiet || work.isDown || work.settled !== settled;
      settled = work.settled;
      // Work resets the time; another poll of a quiet queue does not.
      if (isBusy) {
        cancel?.();
        cancel = undefined;
      }
      if (!work.isQuiet || !work.isDry) return;
      if (forMs === 0) work.end("idle");
      else cancel ??= clock.schedule(forMs, () => work.end("idle"));
    },
    stop: () => cancel?.(),
  };
}

function watchDrained(work: WatchedWork, { clock, limited, logger }: Runtime): StopWatcher {
  let isLooking = false;
  let isStopped = false;
  let zeros = 0;
  let pauseMs = FIRST_LOOK_MS;
  let hasWarned = false;
  let cancel = () => {};

  function lookLater(): void {
    cancel = clock.schedule(pauseMs, () => {
      isLooking = false;
      watch.check();
    });
    pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2);
  }

  async function look(): Promise<void> {
    const stats = await work.stats().catch((error: unknown) => {
      limited.warn({ err: error }, "the numbers of a queue could not be read; draining goes on");
      return undefined;
    });
    if (isStopped) return;
    const isEmpty = stats?.every(isDrained) ?? false;
    zeros = isEmpty ? zeros + 1 : 0;
    const isExact = stats?.every(({ ready }) => ready.exact) ?? false;
    if (isEmpty && work.isQuiet && zeros >= (isExact ? 1 : APPROXIMATE_LOOKS)) work.end("drained");
    else lookLater();
    if (stats !== undefined && !hasWarned) hasWarned = warnOfPaused(stats, logger);
  }

  const watch: StopWatcher = {
    check() {
      if (isStopped || isLooking) return;
      if (!work.isQuiet || !work.isDry) {
        pauseMs = FIRST_LOOK_MS;
        return;
      }
      isLooking = true;
      void look();
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
  return watch;
}

/** Says that the worker waits for jobs that nobody gives it. @returns whether there was something to say */
function warnOfPaused(queues: readonly WatchedQueue[], logger: Logger): boolean {
  const waiting = queues.filter((queue) => queue.isPaused && !isDrained(queue)).map(({ name }) => name);
  if (waiting.length === 0) return false;
  logger.warn(
    { queues: waiting },
    "the worker cannot end before its paused queues are resumed: jobs wait there",
  );
  return true;
}

function isDrained({ ready, delayed, leased }: QueueStats): boolean {
  return [ready, delayed, leased].every(({ n }) => n === null || n === 0);
}

/** A worker with a stop condition must not wait long without jobs. */
export function longestWait(waitMs: number, until: StopCondition | undefined): number {
  if (until?.type === "once") return 0;
  return until?.type === "idle" ? Math.min(waitMs, until.forMs) : waitMs;
}
