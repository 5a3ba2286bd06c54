import { CALL_TIMEOUT_MS, type CallOptions } from "@jobs/core/broker";
import { keepAliveClock, sleep, systemClock } from "@jobs/core/runtime";
import { isLocked } from "./sqlite-fault.ts";

/** The longest pause between two tries, in ms. */
const MAX_PAUSE_MS = 10;

/** A pause takes at most this part of the wait so far, so that a free lock is not left unused for long. */
const PART_OF_WAIT = 1 / 4;

/** Number of tries without a pause: most locks are held for one short transaction. */
const QUICK_TRIES = 4;

/** How long an attempt waits for its turn: as long as a call may take. */
export interface LockOptions extends CallOptions {
  /** Gives up before the attempt has begun. */
  readonly signal?: AbortSignal;
}

interface Waiting {
  /** Tries once. `false`: the lock is held and nothing was done. */
  attempt(): boolean;
  /** Whether it has stopped waiting; its caller then has the error. */
  hasGivenUp(): boolean;
}

/**
 * Runs attempts on a file that may be locked, one after the other in order of arrival. SQLite's own busy timeout would
 * block the event loop instead.
 */
export class LockQueue {
  #waiting: Waiting[] = [];
  #isPumping = false;
  /** The last error because of the lock. */
  #lockError: unknown;

  /**
   * Returns the value of `attempt`, which is tried at once when no other waits. A promise of it is awaited, but the next
   * has its turn before. When `signal` aborts before its turn, it is never run.
   * @throws whatever `attempt` throws; the error of the lock after `timeoutMs`; the signal's reason, within
   * {@link MAX_PAUSE_MS}.
   */
  run<T>(
    attempt: () => T | PromiseLike<T>,
    { signal, timeoutMs = CALL_TIMEOUT_MS }: LockOptions = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUpAt = systemClock.monotonic() + timeoutMs;
      const waiting: Waiting = {
        attempt: () => {
          try {
            signal?.throwIfAborted();
            resolve(attempt());
          } catch (error) {
            if (!isLocked(error)) reject(error);
            else this.#lockError = error;
            return !isLocked(error);
          }
          return true;
        },
        hasGivenUp: () => {
          const hasGivenUp = signal?.aborted === true || systemClock.monotonic() >= giveUpAt;
          if (hasGivenUp) reject(signal?.aborted === true ? signal.reason : this.#lockError);
          return hasGivenUp;
        },
      };
      if (this.#waiting.length === 0 && waiting.attempt()) return;
      this.#waiting.push(waiting);
      if (!this.#isPumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    let since = systemClock.monotonic();
    for (let tries = 0; this.#waiting.length > 0; ) {
      await pause(tries++, systemClock.monotonic() - since);
      while (this.#waiting[0]?.attempt()) {
        this.#waiting.shift();
        tries = 0;
        since = systemClock.monotonic();
      }
      this.#waiting = this.#waiting.filter((waiting) => !waiting.hasGivenUp());
    }
    this.#isPumping = false;
  }
}

/**
 * Real time even under a virtual clock, since other processes hold the lock in real time. Jitter keeps two processes
 * from colliding again and again. Another process may free the lock for a moment only, between two transactions of
 * some ms. So the first pauses are short.
 */
export function pauseMs(waitedMs: number, random: number = Math.random()): number {
  return random * Math.min(MAX_PAUSE_MS, waitedMs * PART_OF_WAIT);
}

function pause(tries: number, waitedMs: number): Promise<void> {
  if (tries < QUICK_TRIES) return new Promise((resolve) => keepAliveClock.defer(resolve));
  return sleep(keepAliveClock, pauseMs(waitedMs));
}
