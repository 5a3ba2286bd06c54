import type { Cancel } from "../runtime/clock.ts";
import { endOf } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { JobLogLine, JobLogStore } from "./job-log-store.ts";

/** The most kept lines of one run; the oldest are dropped first. */
const RUN_LINES = 100;

/** The most kept text of one run, in UTF-16 units. */
const RUN_UNITS = 32_768;

/** The longest delay before lines are written, in ms, so that lines of one run share a write. */
const LINGER_MS = 250;

/** The longest pause before failed writes are repeated, in ms. */
const LONGEST_PAUSE_MS = 10_000;

/** The most runs with waiting lines. Beyond it the oldest are dropped, so that an outage does not use up the memory. */
const WAITING_RUNS = 1_000;

/** The longest wait of `close` for the last lines, in ms. */
const CLOSE_MS = 2_000;

/** Takes one line of a run. */
export type KeepLine = (line: JobLogLine) => void;

/** Writes lines of `ctx.log` in the background: it can neither slow nor fail jobs. */
export interface JobLogKeeper {
  /** Returns a function for the lines of one run, see `RunLog`. */
  open(id: string, delivery: number): KeepLine;
  /** Writes waiting lines; gives up after 2 s. */
  close(): Promise<void>;
}

/** The store of a keeper, and how long it keeps lines: `ttlMs` in ms. */
export interface KeeperParts {
  readonly store: JobLogStore;
  readonly ttlMs: number;
  readonly runtime: Runtime;
}

/** Creates a {@link JobLogKeeper}. */
export function createJobLogKeeper(parts: KeeperParts): JobLogKeeper {
  return new StoreKeeper(parts);
}

/** The lines of one run, the newest within the limits. */
class OpenRun {
  readonly id: string;
  readonly delivery: number;
  readonly lines: JobLogLine[] = [];
  leftOut = 0;
  #units: number[] = [];
  #total = 0;

  constructor(id: string, delivery: number) {
    this.id = id;
    this.delivery = delivery;
  }

  add(line: JobLogLine): void {
    const size = JSON.stringify(line).length;
    // Fields that are too large are left out, since they would displace all other lines.
    const kept = size <= RUN_UNITS ? line : { ...line, fields: {} };
    const units = kept === line ? size : line.message.length;
    this.lines.push(kept);
    this.#units.push(units);
    this.#total += units;
    while (this.lines.length > RUN_LINES || this.#total > RUN_UNITS) {
      this.lines.shift();
      this.#total -= this.#units.shift() ?? 0;
      this.leftOut++;
    }
  }
}

class StoreKeeper implements JobLogKeeper {
  readonly #parts: KeeperParts;
  #waiting = new Set<OpenRun>();
  #cancelTimer: Cancel | undefined;
  #writing: Promise<void> | undefined;
  #failures = 0;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  open(id: string, delivery: number): KeepLine {
    const run = new OpenRun(id, delivery);
    return (line) => {
      run.add(line);
      this.#wait(run);
      this.#schedule(LINGER_MS);
    };
  }

  async close(): Promise<void> {
    const { clock, logger } = this.#parts.runtime;
    await endOf(clock, CLOSE_MS, this.#drain());
    this.#cancelTimer?.();
    if (this.#waiting.size > 0) logger.warn({ runs: this.#waiting.size }, "lines of ctx.log were not kept");
  }

  async #drain(): Promise<void> {
    await this.#writing;
    if (this.#waiting.size === 0) return;
    this.#cancelTimer?.();
    await this.#start();
  }

  #wait(run: OpenRun): void {
    this.#waiting.add(run);
    if (this.#waiting.size <= WAITING_RUNS) return;
    const [oldest] = this.#waiting;
    if (oldest !== undefined) this.#waiting.delete(oldest);
  }

  #schedule(ms: number): void {
    if (this.#writing !== undefined) return;
    this.#cancelTimer ??= this.#parts.runtime.clock.schedule(ms, () => void this.#start());
  }

  #start(): Promise<void> {
    this.#cancelTimer = undefined;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.size > 0) this.#schedule(this.#pauseMs());
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const { store, ttlMs, runtime } = this.#parts;
    const batch = this.#waiting;
    this.#waiting = new Set();
    const written = await Promise.allSettled([...batch].map(async (run) => store.put({ ...run }, ttlMs)));
    const failed = [...batch].filter((_, index) => written[index]?.status === "rejected");
    if (failed.length === 0) {
      this.#failures = 0;
      return;
    }
    for (const run of failed) this.#wait(run);
    if (this.#failures++ > 0) return;
    const reason = written.find((one) => one.status === "rejected")?.reason;
    runtime.report({ source: "store", err: reason }, "lines of ctx.log cannot be kept now; jobs go on");
  }

  #pauseMs(): number {
    if (this.#failures === 0) return LINGER_MS;
    return Math.max(
      LINGER_MS,
      this.#parts.runtime.random() * Math.min(LONGEST_PAUSE_MS, LINGER_MS * 2 ** this.#failures),
    );
  }
}
