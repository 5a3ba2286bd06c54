import { isLocked } from "./sqlite-fault.ts";

/** How long a call tries for a lock that others hold, in ms. */
const LOCK_PATIENCE_MS = 5_000;

/** The longest pause between two tries, in ms. */
const MAX_PAUSE_MS = 10;

/** So many tries follow each other without a timer: most locks are held for one short transaction. */
const QUICK_TRIES = 4;

interface Waiting {
  /** Tries once. `false`: the lock is held, nothing was done. */
  attempt(): boolean;
  readonly giveUpAt: number;
  giveUp(): void;
}

/**
 * Runs attempts that may find the file locked, one after the other in the order they came, until each has had its
 * turn. SQLite's own busy timeout would stop the event loop instead.
 */
export class LockLine {
  readonly #waiting: Waiting[] = [];
  #isPumping = false;

  /**
   * The value of `attempt`, tried at once where nobody waits. When `signal` aborts before its turn, it is never run.
   * @throws whatever `attempt` throws; the error of the lock after {@link LOCK_PATIENCE_MS}; the signal's reason.
   */
  run<T>(attempt: () => T, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      let lockError: unknown;
      const waiting: Waiting = {
        attempt: () => {
          try {
            resolve(attempt());
          } catch (error) {
            lockError = error;
            if (isLocked(error)) return false;
            reject(error);
          }
          return true;
        },
        giveUpAt: performance.now() + LOCK_PATIENCE_MS,
        giveUp: () => reject(lockError),
      };
      if (this.#waiting.length === 0 && waiting.attempt()) return;
      this.#waiting.push(waiting);
      if (signal !== undefined) this.#leaveOnAbort(waiting, signal, reject);
      if (!this.#isPumping) void this.#pump();
    });
  }

  #leaveOnAbort(waiting: Waiting, signal: AbortSignal, reject: (reason: unknown) => void): void {
    const leave = () => {
      const index = this.#waiting.indexOf(waiting);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    for (let tries = 0; this.#waiting.length > 0; ) {
      await pause(tries++);
      while (this.#waiting[0]?.attempt()) {
        this.#waiting.shift();
        tries = 0;
      }
      this.#dropImpatient();
    }
    this.#isPumping = false;
  }

  #dropImpatient(): void {
    const nowAt = performance.now();
    for (
      let first = this.#waiting[0];
      first !== undefined && first.giveUpAt <= nowAt;
      first = this.#waiting[0]
    ) {
      this.#waiting.shift();
      first.giveUp();
    }
  }
}

/** Real time even under a virtual clock: other processes hold the lock in real time. Jitter keeps two from meeting again and again. */
function pause(tries: number): Promise<void> {
  return new Promise((resolve) => {
    if (tries < QUICK_TRIES) setImmediate(resolve);
    else setTimeout(resolve, Math.random() * Math.min(MAX_PAUSE_MS, 2 ** (tries - QUICK_TRIES)));
  });
}
