/** Cancels what was scheduled; harmless when it has run already. */
export type Cancel = () => void;

/**
 * Time as core sees it. Injected everywhere, so that tests run on a virtual clock and no code reads the machine's
 * clock behind its back.
 */
export interface Clock {
  /** Wall time in milliseconds since 1970: for stamps that people and other machines read. */
  now(): number;
  /** Milliseconds that never go back: for deadlines and durations. */
  monotonic(): number;
  /** Runs `fn` once after `delayMs`. `Infinity` never runs. The timer alone does not keep the process alive. */
  schedule(delayMs: number, fn: () => void): Cancel;
  /** Runs `fn` at the end of this event-loop turn, after all that is ready now: the moment to send what has gathered. */
  defer(fn: () => void): void;
}

/** The longest delay a Node timer can hold; longer ones would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: monotonicMs,
  schedule: scheduleOnTimer,
  defer: (fn) => void setImmediate(fn),
};

/** Not by `performance`, which costs as much and a module to load. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

function scheduleOnTimer(delayMs: number, fn: () => void): Cancel {
  if (delayMs === Number.POSITIVE_INFINITY) return () => {};
  if (delayMs <= MAX_TIMER_MS) {
    const timer = setTimeout(fn, delayMs).unref();
    return () => clearTimeout(timer);
  }
  let cancelRest: Cancel = () => {};
  const timer = setTimeout(() => {
    cancelRest = scheduleOnTimer(delayMs - MAX_TIMER_MS, fn);
  }, MAX_TIMER_MS).unref();
  return () => {
    clearTimeout(timer);
    cancelRest();
  };
}

/** Resolves after `delayMs` on `clock`, or as soon as `signal` aborts; it never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      cancel();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = clock.schedule(delayMs, wake);
    signal?.addEventListener("abort", wake, { once: true });
  });
}
