import type { Cancel, Clock } from "../../runtime/clock.ts";
import type { Run } from "./run.ts";

/** Ends runs whose time is up, all of a worker's with one timer: a timer for each would cost more than most jobs. */
export interface Timeouts {
  /** A run's time will be up at `timeoutAt`, monotonic. */
  arm(timeoutAt: number): void;
  stop(): void;
}

/** Creates {@link Timeouts} over the runs in hand. The timer is moved lazily: runs that end in time never touch it. */
export function createTimeouts(clock: Clock, runs: () => Iterable<Run>): Timeouts {
  let armedFor = Number.POSITIVE_INFINITY;
  let cancel: Cancel | undefined;

  function arm(timeoutAt: number): void {
    if (timeoutAt >= armedFor) return;
    cancel?.();
    armedFor = timeoutAt;
    cancel = clock.schedule(Math.max(0, timeoutAt - clock.monotonic()), fire);
  }

  function fire(): void {
    armedFor = Number.POSITIVE_INFINITY;
    const now = clock.monotonic();
    for (const run of [...runs()]) {
      if (run.timeoutAt > now) arm(run.timeoutAt);
      else run.timeOut();
    }
  }

  return { arm, stop: () => cancel?.() };
}
