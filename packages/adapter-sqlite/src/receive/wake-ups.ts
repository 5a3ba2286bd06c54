/** How often the file is asked whether another process has written, in ms: the mean delay of a wake-up is half of it. */
const POLL_MS = 10;

/** One receive that waits on a queue. */
export interface Listener {
  /** Resolves at the next call for its queue; at once when there was one since the last rest. */
  rest(): Promise<void>;
  /** Calls this listener only. */
  wake(): void;
  leave(): void;
}

/**
 * Tells waiting receives that their queue may have changed: at once when this process changed it, within
 * {@link POLL_MS} when another did. While nobody waits nothing is asked. The poll runs on real time, since other
 * processes do, and keeps the process alive as an open socket would.
 */
export class WakeUps {
  readonly #dataVersion: () => number | undefined;
  readonly #listeners = new Map<Listener, string>();
  #lastVersion: number | undefined;
  #poll: NodeJS.Timeout | undefined;

  constructor(dataVersion: () => number | undefined) {
    this.#dataVersion = dataVersion;
  }

  listen(queue: string): Listener {
    const listener = createListener(() => this.#leave(listener));
    this.#listeners.set(listener, queue);
    this.#poll ??= setInterval(() => this.#askFile(), POLL_MS);
    return listener;
  }

  /** This process has changed the queue. */
  notify(queue: string): void {
    for (const [listener, itsQueue] of this.#listeners) if (itsQueue === queue) listener.wake();
  }

  /** Wakes everyone: the file changed, or the broker closes. */
  notifyAll(): void {
    for (const listener of this.#listeners.keys()) listener.wake();
  }

  #askFile(): void {
    const version = this.#dataVersion();
    if (version === this.#lastVersion) return;
    this.#lastVersion = version;
    this.notifyAll();
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#poll);
    this.#poll = undefined;
  }
}

function createListener(leave: () => void): Listener {
  let isCalled = false;
  let resume: (() => void) | undefined;
  return {
    rest() {
      return new Promise((resolve) => {
        resume = () => {
          isCalled = false;
          resume = undefined;
          resolve();
        };
        if (isCalled) resume();
      });
    },
    wake() {
      isCalled = true;
      resume?.();
    },
    leave,
  };
}
