import type { QueueStats } from "../../broker/queue-stats.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { StopCondition } from "../worker.ts";
import type { StopCause } from "../worker-report.ts";

/** Ends a worker by itself once its condition holds. */
export interface StopWatcher {
  /** Something changed: look whether the condition holds by now. */
  check(): void;
  stop(): void;
}

/** What a {@link StopWatcher} looks at. */
export interface StopWatcherParts {
  readonly runtime: Runtime;
  readonly until: StopCondition | undefined;
  /** Nothing runs, nothing waits for its settlement. */
  isQuiet(): boolean;
  /** The last look at every queue found nothing ready. */
  isDry(): boolean;
  /** A queue's broker does not answer. */
  isDown(): boolean;
  /** Every queue has been asked at least once. */
  hasAskedAll(): boolean;
  settled(): number;
  /** Numbers of all queues. */
  stats(): Promise<readonly QueueStats[]>;
  end(cause: StopCause): void;
}

/** Pauses between looks at the numbers while others still hold jobs, in ms. */
const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1_000;

/** Approximate numbers must say zero this often in a row. */
const APPROXIMATE_LOOKS = 3;

/** Creates a {@link StopWatcher}; without a condition it never ends anything. */
export function watchStopCondition(parts: StopWatcherParts): StopWatcher {
  const { until } = parts;
  if (until?.type === "drained") return watchDrained(parts);
  if (until?.type === "idle") return watchIdle(parts, until.forMs);
  const check = () => {
    if (until?.type === "once" && parts.hasAskedAll()) parts.end("once");
    if (until?.type === "settled" && parts.settled() >= until.jobs) parts.end("max_jobs");
  };
  return { check, stop() {} };
}

function watchIdle(parts: StopWatcherParts, forMs: number): StopWatcher {
  const { clock } = parts.runtime;
  let cancel: (() => void) | undefined;
  let settled = parts.settled();
  return {
    check() {
      const isBusy = !parts.isQuiet() || parts.isDown() || parts.settled() !== settled;
      settled = parts.settled();
      // Work ends the time; another look at a quiet queue does not.
      if (isBusy) {
        cancel?.();
        cancel = undefined;
      }
      if (!parts.isQuiet() || !parts.isDry()) return;
      if (forMs === 0) parts.end("idle");
      else cancel ??= clock.schedule(forMs, () => parts.end("idle"));
    },
    stop: () => cancel?.(),
  };
}

function watchDrained(parts: StopWatcherParts): StopWatcher {
  const { clock, limited } = parts.runtime;
  let isLooking = false;
  let isStopped = false;
  let zeros = 0;
  let pauseMs = FIRST_LOOK_MS;
  let cancel = () => {};

  function lookLater(): void {
    cancel = clock.schedule(pauseMs, () => {
      isLooking = false;
      watch.check();
    });
    pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2);
  }

  async function look(): Promise<void> {
    const stats = await parts.stats().catch((error: unknown) => {
      limited.warn({ err: error }, "the numbers of a queue could not be read; draining goes on");
      return undefined;
    });
    if (isStopped) return;
    const isEmpty = stats?.every(isDrained) ?? false;
    zeros = isEmpty ? zeros + 1 : 0;
    const isExact = stats?.every(({ ready }) => ready.exact) ?? false;
    if (isEmpty && parts.isQuiet() && zeros >= (isExact ? 1 : APPROXIMATE_LOOKS)) parts.end("drained");
    else lookLater();
  }

  const watch: StopWatcher = {
    check() {
      if (isStopped || isLooking) return;
      if (!parts.isQuiet() || !parts.isDry()) {
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

function isDrained({ ready, delayed, leased }: QueueStats): boolean {
  return [ready, delayed, leased].every(({ n }) => n === null || n === 0);
}

/** A worker that is to end by itself must not sit in a long wait when there is nothing to do. */
export function longestWait(waitMs: number, until: StopCondition | undefined): number {
  if (until?.type === "once") return 0;
  return until?.type === "idle" ? Math.min(waitMs, until.forMs) : waitMs;
}
