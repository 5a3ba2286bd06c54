import type { Cancel, Clock } from "./clock.ts";

/** A clock that moves only when it is told to. */
export interface VirtualClock extends Clock {
  /** Moves time forward by `ms`, running what falls due in order and letting the code it wakes finish in between. */
  advance(ms: number): Promise<void>;
  /** Waits until nothing is deferred any more: the code that runs now has come to rest. */
  settle(): Promise<void>;
  /** How far away the next timer is, in milliseconds; `undefined` when none is set. */
  nextTimerMs(): number | undefined;
}

interface PendingTimer {
  readonly dueAt: number;
  readonly order: number;
  readonly fn: () => void;
}

/** How many quiet turns in a row count as rest: promise chains that hop over a turn get their chance. */
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
      if (deferred > 0) quiet = -1;
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
