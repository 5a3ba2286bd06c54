import { type Cancel, keepAliveClock } from "@jobs/core/runtime";
import { touchLog, watchLog } from "./watch-log.ts";

/** How often the file is asked whether another process has written, in ms: the longest delay where the system does not tell. */
export const POLL_MS = 40;

/** The same where the system does tell, in ms: only for what it might miss, since each look wakes an idle processor. */
export const TOLD_POLL_MS = 250;

/** What is watched. */
export interface WatchedFile {
  /** The write-ahead log, which every commit is written to first. */
  readonly logPath: string;
  /** A number that changes whenever another connection has written; `undefined` while it cannot be asked. */
  dataVersion(): number | undefined;
}

/** One receive that waits on a queue. */
export interface Listener {
  /** Resolves at the next call for its queue; at once when there was one since the last rest. */
  rest(): Promise<void>;
  /** Calls this listener only. */
  wake(): void;
  leave(): void;
}

/**
 * Tells waiting receives that their queue may have changed: at once when this process changed it; when another did, as
 * soon as the system says so, and within {@link POLL_MS} where it does not. More polling would keep an idle processor
 * busy. While nobody waits nothing is asked. The poll runs on real time, since other processes do, and keeps the process
 * alive as an open socket would.
 */
export class WakeUps {
  readonly #file: WatchedFile;
  readonly #listeners = new Map<Listener, string>();
  #lastVersion: number | undefined;
  /** Whether the system tells of writes; not believed any more once it has missed one. */
  #isTold = false;
  #stopAsking: (() => void) | undefined;

  constructor(file: WatchedFile) {
    this.#file = file;
  }

  listen(queue: string): Listener {
    const listener = createListener(() => this.#leave(listener));
    this.#listeners.set(listener, queue);
    this.#stopAsking ??= this.#startAsking();
    return listener;
  }

  /** This process has changed the queue. */
  notify(queue: string): void {
    for (const [listener, itsQueue] of this.#listeners) if (itsQueue === queue) listener.wake();
  }

  /** Wakes everyone: the file changed. */
  notifyAll(): void {
    for (const listener of this.#listeners.keys()) listener.wake();
  }

  #startAsking(): () => void {
    let cancelPoll: Cancel;
    const poll = () => {
      if (this.#askFile()) this.#isTold = false;
      cancelPoll = keepAliveClock.schedule(this.#isTold ? TOLD_POLL_MS : POLL_MS, poll);
    };
    const stopWatching = watchLog(this.#file.logPath, () => {
      this.#isTold = true;
      return this.#askFile();
    });
    if (!this.#isTold) touchLog(this.#file.logPath);
    cancelPoll = keepAliveClock.schedule(POLL_MS, poll);
    return () => {
      cancelPoll();
      stopWatching();
    };
  }

  /** Whether something changed since the last time. */
  #askFile(): boolean {
    const version = this.#file.dataVersion();
    if (version === this.#lastVersion) return false;
    this.#lastVersion = version;
    this.notifyAll();
    return true;
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#stopAsking?.();
    this.#stopAsking = undefined;
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
