import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import { BrokerUnavailableError } from "@jobs/core";
import { systemClock } from "@jobs/core/runtime";
import { logOf, type OpenedFiles } from "./database-files.ts";

/** A shorter wait blocks the event loop: it takes less time than to hand it to a thread. In ms. */
const SHORT_WAIT_MS = 1;

/** The fewest commits that nobody waits for behind which a thread brings the log to the disk. */
const COMMITS_BEHIND = 16;

/**
 * The shortest time from one such wait to the next, in ms. Each takes some tenths of a ms of processor time, however
 * little there is: with 8 ms, a job at concurrency 1 took an eighth more of it.
 */
const REST_MS = 15;

/** How a file is brought to the disk, and how long that takes. */
export interface SyncSystem {
  now(descriptor: number): void;
  inThread(descriptor: number, done: (error: Error | null) => void): void;
  /** A clock in ms. */
  monotonic(): number;
}

const SYSTEM: SyncSystem = {
  now: (descriptor) => fdatasyncSync(descriptor),
  inThread: (descriptor, done) => fdatasync(descriptor, done),
  monotonic: () => systemClock.monotonic(),
};

/**
 * Waits until the disk has what was committed to a log. SQLite would wait within the commit, with the file locked and the
 * event loop blocked. Only the log is concerned: what moves it into the file waits for both.
 */
export class LogSync {
  /**
   * `undefined` where the log cannot be opened, or is not the one of the connection. SQLite itself has to wait then.
   */
  static open(path: string, files: OpenedFiles, system: Partial<SyncSystem> = {}): LogSync | undefined {
    let descriptor: number;
    try {
      // For writing, since Windows syncs nothing else. Closing it frees no lock: SQLite's are on the other files.
      descriptor = openSync(logOf(path), "r+");
    } catch {
      return undefined;
    }
    if (files.isLog(descriptor)) return new LogSync(path, descriptor, { ...SYSTEM, ...system });
    closeSync(descriptor);
    return undefined;
  }

  readonly #path: string;
  readonly #descriptor: number;
  readonly #system: SyncSystem;
  /** How long the last awaited wait took, in ms. */
  #lastMs = 0;
  /** Commits since the last wait began. */
  #unsynced = 0;
  /** When a thread last began. */
  #beganAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  /** Begins after the running one, which may not have what was committed since. */
  #next: Promise<void> | undefined;
  #refusal: BrokerUnavailableError | undefined;
  #isClosed = false;

  private constructor(path: string, descriptor: number, system: SyncSystem) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#system = system;
  }

  /** Whether the disk refused a part of the log. A power cut would take what was committed behind it too. */
  get hasFailed(): boolean {
    return this.#refusal !== undefined;
  }

  /** Call it when the log was moved into the file. */
  forgetFailure(): void {
    this.#refusal = undefined;
  }

  /**
   * Waits for all that was committed before. A slow disk is waited for in a thread; calls in the meantime share the next
   * wait. On a fast disk it returns nothing, since it has waited.
   * @throws BrokerUnavailableError when the disk refuses; the promise rejects with it
   */
  flush(): Promise<void> | undefined {
    if (this.#running !== undefined) {
      this.#next ??= this.#running.then(
        () => this.#start(),
        // A log is read up to its first hole, so what lies behind one is on no disk either.
        () => this.#refuseNext(),
      );
      return this.#next;
    }
    if (this.#lastMs > SHORT_WAIT_MS) return this.#start();
    this.#unsynced = 0;
    const since = this.#system.monotonic();
    try {
      this.#system.now(this.#descriptor);
    } catch (error) {
      throw this.#refused(error);
    } finally {
      this.#lastMs = this.#system.monotonic() - since;
    }
    return undefined;
  }

  /**
   * Call it after a commit that nobody waits for. Once there are some, a thread brings the log to the disk. SQLite would
   * do it all at once when it moves the log into the file, with the event loop blocked.
   */
  flushBehind(): void {
    this.#unsynced++;
    if (this.#unsynced < COMMITS_BEHIND || this.#running !== undefined) return;
    if (this.#system.monotonic() - this.#beganAt < REST_MS) return;
    // The next commit reads the refusal.
    this.#syncInThread(() => {}).catch(() => {});
  }

  /** Closes it after the last wait. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const close = () => closeSync(this.#descriptor);
    const last = this.#next ?? this.#running;
    if (last === undefined) close();
    else last.then(close, close);
  }

  async #refuseNext(): Promise<void> {
    this.#next = undefined;
    throw this.#refusal;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    return this.#syncInThread(() => {
      this.#lastMs = this.#system.monotonic() - this.#beganAt;
    });
  }

  #syncInThread(ended: () => void): Promise<void> {
    this.#unsynced = 0;
    this.#beganAt = this.#system.monotonic();
    const running = new Promise<void>((resolve, reject) => {
      this.#system.inThread(this.#descriptor, (error) => {
        this.#running = undefined;
        ended();
        if (error === null) resolve();
        else reject(this.#refused(error));
      });
    });
    this.#running = running;
    return running;
  }

  #refused(cause: unknown): BrokerUnavailableError {
    const message = `${this.#path}: the disk did not take the log.`;
    this.#refusal = new BrokerUnavailableError({ broker: "sqlite" }, message, {
      cause,
      maybeSent: true,
      hint: "Look at the disk. To send again with the same id is safe.",
    });
    return this.#refusal;
  }
}
