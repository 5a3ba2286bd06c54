import type { Cancel, Clock } from "./clock.ts";
import { isLoadingPart } from "./load-part.ts";

/** A clock that moves only by calls. */
export interface VirtualClock extends Clock {
  /** Moves time forward by `ms`. It runs due timers in order, and waits after each until the woken code is done. */
  advance(ms: number): Promise<void>;
  /** Waits until no call is deferred and no part of core is being loaded, so that the running code is done. */
  settle(): Promise<void>;
  /** Time until the next timer, in milliseconds; `undefined` when none is set. */
  nextTimerMs(): number | undefined;
}

interface PendingTimer {
  readonly dueAt: number;
  readonly order: number;
  readonly fn: () => void;
}

/** Idle turns in a row until the code counts as done: some promise chains skip a turn. */
const QUIET_TURNS = 2;

/** Creates a {@link VirtualClock} that starts at `startAt` (ms since 1970; default 2026-01-01T00:00:00Z). */
export function createVirtualClock(startAt = Date.UTC(2026, 0, 1)): VirtualClock {
  let elapsed = 0;
  let order = 0;
  let deferred = 0;
  const timers = new Set<PendingTimer>();

  function schedule(delayMs: number, fn: () => void): Cancel {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {};
    if (Number.isNaN(delayMs)) throw new RangeError("A timer needs a delay in ms, not NaN.");
    const timer = { dueAt: elapsed + Math.max(0, delayMs), order: order++, fn };
    timers.add(timer);
    return () => void timers.delete(timer);
  }

  function earliest(): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of timers) {
      if (
        first === undefined ||
        timer.dueAt < first.dueAt ||
        (timer.dueAt === first.dueAt && timer.order < first.order)
      )
        first = timer;
    }
    return first;
  }

  async function settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (deferred > 0 || isLoadingPart()) quiet = -1;
    }
  }

  async function advance(ms: number): Promise<void> {
    const target = elapsed + ms;
    await settle();
    for (let timer = earliest(); timer !== undefined && timer.dueAt <= target; timer = earliest()) {
      timers.delete(timer);
      elapsed = Math.max(elapsed, timer.dueAt);
      timer.fn();
      await settle();
    }
    elapsed = target;
    await settle();
  }

  return {
    now: () => startAt + elapsed,
    monotonic: () => elapsed,
    schedule,
    defer(fn) {
      deferred++;
      setImmediate(() => {
        deferred--;
        fn();
      });
    },
    advance,
    settle,
    nextTimerMs() {
      const first = earliest();
      return first === undefined ? undefined : Math.max(0, first.dueAt - elapsed);
    },
  };
}
