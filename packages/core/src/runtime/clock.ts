import { MAX_TIMER_MS } from "./delay.ts";

/** Cancels a scheduled call; does nothing when it has already run. */
export type Cancel = () => void;

/** The source of time in core. It is injected everywhere, so that tests can use a virtual clock. */
export interface Clock {
  /** Wall time in milliseconds since 1970, for times that people and other machines read. */
  now(): number;
  /** Monotonic time in milliseconds, for deadlines and durations. */
  monotonic(): number;
  /**
   * Runs `fn` once after `delayMs` of any length; `Infinity` never runs, and a time that has passed counts as 0. The
   * timer alone does not keep the process alive.
   * @throws RangeError for `NaN`, which would run at once
   */
  schedule(delayMs: number, fn: () => void): Cancel;
  /** Runs `fn` at the end of this event-loop turn, for example to send a batch of all calls in the turn. */
  defer(fn: () => void): void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: monotonicMs,
  schedule: (delayMs, fn) =>
    delayMs === Number.POSITIVE_INFINITY ? () => {} : startTimer(delayMs, fn, false),
  defer: (fn) => void setImmediate(fn),
};

/** The machine's clock with timers that keep the process alive, for waits that the process exists for. */
export const keepAliveClock: Clock = {
  ...systemClock,
  schedule: (delayMs, fn) => startTimer(delayMs, fn, true),
};

/** Without `performance`, which is not faster and needs another module. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** A timer that is later than this, in ms, shows that a handler blocked the event loop. */
const BLOCKED_MS = 50;

/** How many timers let the event loop read first. */
let putOff = 0;

/**
 * The only timer of the packages. It waits in parts for delays beyond the limit of Node's timers. After a blocked event
 * loop Node runs due timers before it reads from sockets. A deadline would be missed although the answer is there. So a
 * late timer lets the event loop read first. Timers that are due after it do the same, so that the order stays.
 *
 * A class instead of functions in a function: each call to a broker has one, and most are cancelled.
 */
class Timer {
  readonly #fn: () => void;
  readonly #keepsAlive: boolean;
  readonly #dueAt: number;
  #timer: NodeJS.Timeout | undefined = undefined;
  #reading: NodeJS.Immediate | undefined = undefined;

  constructor(delayMs: number, fn: () => void, keepsAlive: boolean) {
    if (Number.isNaN(delayMs)) throw new RangeError("A timer needs a delay in ms, not NaN.");
    this.#fn = fn;
    this.#keepsAlive = keepsAlive;
    this.#dueAt = monotonicMs() + delayMs;
    // A deadline can pass while its delay is computed. Node 24 warns of each negative delay.
    this.#wait(Math.max(0, delayMs));
  }

  #wait(leftMs: number): void {
    const timer =
      leftMs <= MAX_TIMER_MS
        ? setTimeout(() => this.#fire(), leftMs)
        : setTimeout(() => this.#wait(leftMs - MAX_TIMER_MS), MAX_TIMER_MS);
    this.#timer = this.#keepsAlive ? timer : timer.unref();
  }

  #fire(): void {
    if (putOff === 0 && monotonicMs() - this.#dueAt < BLOCKED_MS) return this.#callBack();
    putOff++;
    // Twice: an answer may come in parts.
    this.#reading = setImmediate(() => {
      this.#reading = setImmediate(() => this.#run());
    });
  }

  #run(): void {
    this.#reading = undefined;
    putOff--;
    this.#callBack();
  }

  /** Without the timer as `this`. */
  #callBack(): void {
    const fn = this.#fn;
    fn();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    if (this.#reading === undefined) return;
    clearImmediate(this.#reading);
    this.#reading = undefined;
    putOff--;
  }
}

function startTimer(delayMs: number, fn: () => void, keepsAlive: boolean): Cancel {
  const timer = new Timer(delayMs, fn, keepsAlive);
  return () => timer.cancel();
}

/** Runs `fn` every `everyMs` until the result is called. */
export function repeat(clock: Clock, everyMs: number, fn: () => void): Cancel {
  const again = () => {
    cancel = clock.schedule(everyMs, again);
    fn();
  };
  let cancel = clock.schedule(everyMs, again);
  return () => cancel();
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
