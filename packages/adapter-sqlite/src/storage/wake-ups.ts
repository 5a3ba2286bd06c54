import { utimesSync, watch } from "node:fs";
import {
  type Cancel,
  type Clock,
  createWakeSignal,
  keepAliveClock,
  type WakeSignal,
} from "@jobs/core/runtime";

/**
 * How often the file is checked for writes of other processes, in ms. The longest delay where the system does not
 * report writes.
 */
export const POLL_MS = 40;

/**
 * How often the file is checked where the system reports writes, in ms. It finds the few writes that were not
 * reported. It is rare, since each check wakes an idle processor.
 */
export const TOLD_POLL_MS = 250;

/** A watched file. */
export interface WatchedFile {
  /** The write-ahead log, which every commit is written to first. */
  readonly logPath: string;
  /** A number that changes whenever another connection has written; `undefined` while it cannot be asked. */
  dataVersion(): number | undefined;
}

/** A receive that waits on a queue. */
export interface Listener extends WakeSignal {
  leave(): void;
}

/**
 * Wakes waiting receives when their queue may have changed. A change of this process wakes them at once. A change of
 * another process wakes them when the system reports it, or else within {@link POLL_MS}. More polling would keep an
 * idle processor busy. Without waiting receives nothing is polled. The poll uses real time, since other processes do,
 * and keeps the process alive like an open socket.
 */
export class WakeUps {
  readonly #file: WatchedFile;
  readonly #listeners = new Map<Listener, string>();
  #lastVersion: number | undefined;
  /** Whether the system reports writes; `false` again after it missed one. */
  #isTold = false;
  #stopAsking: (() => void) | undefined;

  constructor(file: WatchedFile) {
    this.#file = file;
  }

  /** `clock`: for rests with a limit. */
  listen(queue: string, clock: Clock = keepAliveClock): Listener {
    const listener: Listener = { ...createWakeSignal(clock), leave: () => this.#leave(listener) };
    this.#listeners.set(listener, queue);
    this.#stopAsking ??= this.#startAsking();
    return listener;
  }

  /** Call it when this process has changed the queue. */
  notify(queue: string): void {
    for (const [listener, itsQueue] of this.#listeners) if (itsQueue === queue) listener.wake();
  }

  /** Wakes all listeners. */
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

  /** Whether the file has changed since the last check. */
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

/** The longest time from the report of a write to its commit, in ms: 1 on most disks. The poll finds later commits. */
const LONGEST_COMMIT_MS = 40;

/**
 * Calls `ask` when another process commits, where the system reports writes. It reports the write of the log, shortly
 * before the commit is visible. So `ask` is called again at growing intervals, until it returns true or
 * {@link LONGEST_COMMIT_MS} is reached. The reports are only a hint: there may be no watches left, or the file system
 * may have none. Call the result to stop.
 */
function watchLog(path: string, ask: () => boolean): () => void {
  let cancelAsk: Cancel = () => {};
  const askFrom = (delayMs: number) => {
    cancelAsk();
    cancelAsk = keepAliveClock.schedule(delayMs, () => {
      if (!ask() && delayMs < LONGEST_COMMIT_MS) askFrom(delayMs * 2);
    });
  };
  const stopWatching = watchFile(path, () => {
    if (!ask()) askFrom(1);
  });
  return () => {
    cancelAsk();
    stopWatching();
  };
}

/** Makes the system report a write without writing anything. */
function touchLog(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Then the log is polled as if the system reported nothing.
  }
}

function watchFile(path: string, onWrite: () => void): () => void {
  try {
    const watcher = watch(path, onWrite);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
