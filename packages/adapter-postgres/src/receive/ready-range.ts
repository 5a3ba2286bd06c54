import type { Clock } from "@jobs/core/runtime";
import { PRIORITY_LEVELS } from "../schema/broker-tables.ts";
import { DueTimes, type FoundTimes, PATIENCE, type TimesLook } from "./due-times.ts";

/** Where a receive looks for ready messages. Arrays are by priority. */
export interface Look extends TimesLook {
  /** The lowest numbers that may be ready. */
  readonly lows: readonly number[];
  /** Also look from here, where `lows` brings too few. */
  readonly sweepLows: readonly number[] | null;
  /** Where that look ends. `null`: with the last message. */
  readonly sweepHighs: readonly number[] | null;
  /** Whether to sweep in any case. */
  readonly isFull: boolean;
}

/** Where the next messages of a queue without priorities are. */
export interface NextLook {
  readonly low: number;
  /** Not looked at any more. */
  readonly high: number;
}

/** What a receive has found. */
export interface Found extends FoundTimes {
  /** Rank and number of each message, in their order. */
  readonly rows: readonly { readonly rank: number; readonly seq: string }[];
  readonly isFullBatch: boolean;
  /** How long the whole look took, in ms, if there was one. */
  readonly lookMs: number | undefined;
}

/** The shortest time between two full looks of a busy queue, in ms. */
const FULL_EVERY_MS = 100;

/** A look up to this long is cheap, in ms. */
const CHEAP_MS = 5;

/** How long a busy queue is read without a look at its due times, in ms. */
const BUSY_MS = 20;

/** So many numbers are read for each wanted message, and some more. Queues share the numbers, so more may be needed. */
const REACH = 4;
const MORE_REACH = 28;

/** So many reads of the next messages in a row that find none are no accident: such a queue has priorities. */
const MANY_MISSES = 3;

/** Then they are not tried for so long, in ms. */
const MISSED_MS = 1_000;

const FAR = Number.MAX_SAFE_INTEGER;

/** Numbers in one part of a sweep. */
const SWEEP_STEP = 50_000;

/**
 * The part of a queue's indexes where this process looks first. An index keeps an entry of each dead row until vacuum
 * removes it, which a long transaction of somebody prevents for hours. A receive from the start of the index would walk
 * over all of them. So it begins after the last message that it took. Messages with lower numbers are rare: their
 * transaction committed late, or their receive was undone. They are found by a look at all, which is repeated as often
 * as it is cheap. Where it is not, it is done in parts, from the newest to the oldest.
 */
export class ReadyRange {
  readonly #clock: Clock;
  readonly #times: DueTimes;
  #lows: number[] = Array(PRIORITY_LEVELS).fill(0);
  #nextFullAt = 0;
  #isCheap = true;
  /** The next part of a sweep, counted from `lows` downwards. */
  #part = 0;
  #sweptMs = 0;
  /** Whether the last receive was full. */
  #isFlowing = false;
  #isNotified = false;
  #busyUntil = 0;
  /** How many times the usual numbers are read. */
  #reach = 1;
  /** The read that has found nothing. */
  #missed: NextLook | undefined;
  #misses = 0;
  #knownFrom = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#times = new DueTimes(clock);
  }

  /** The lowest numbers that may be ready, by priority. */
  get lows(): readonly number[] {
    return this.#lows;
  }

  /** Times up to it have been looked at, in ms since 1970 by the server's clock. 0: none. */
  get since(): number {
    return this.#times.since;
  }

  /** Begins where another process has looked last, unless this one has looked already. */
  startFrom(lows: readonly number[], since: number): void {
    if (this.since > 0 || since === 0 || lows.length !== PRIORITY_LEVELS) return;
    this.#lows = [...lows];
    this.#times.startFrom(since);
    this.#isCheap = false;
  }

  /**
   * Where the next messages are, if nothing else has to be looked at: the last receive was full a moment ago, or a
   * sender has just notified. Asked once for each receive.
   */
  nextKnown(most: number): NextLook | undefined {
    const isNotified = this.#isNotified;
    this.#isNotified = false;
    const now = this.#clock.monotonic();
    if (now < this.#knownFrom) return undefined;
    const low = this.#lows[0] ?? 0;
    if (isNotified) return { low, high: FAR };
    if (!this.#isFlowing || now >= this.#busyUntil) return undefined;
    return { low, high: Math.min(FAR, low + this.#reach * (REACH * most + MORE_REACH)) };
  }

  /** What a receive of the next messages has found. */
  noteNext(look: NextLook, rows: Found["rows"], isFullBatch: boolean): void {
    this.#isFlowing = isFullBatch;
    this.#missed = rows.length === 0 ? look : undefined;
    if (rows.length > 0) this.#misses = 0;
    this.#noteTaken(rows);
  }

  next(): Look {
    const isFull = this.#clock.monotonic() >= this.#nextFullAt;
    const lows = [...this.#lows];
    if (this.#isCheap) {
      const times = isFull ? this.#times.all() : this.#times.next(false);
      return { ...times, lows, sweepLows: Array(PRIORITY_LEVELS).fill(0), sweepHighs: null, isFull };
    }
    const times = this.#times.next(isFull);
    if (!isFull) return { ...times, lows, sweepLows: null, sweepHighs: null, isFull };
    const below = (parts: number) => lows.map((low) => Math.max(0, low - parts * SWEEP_STEP));
    return { ...times, lows, sweepLows: below(this.#part + 1), sweepHighs: below(this.#part), isFull };
  }

  /**
   * The look of a reader that must not take a newer message first. It is always at all messages, so it costs more while
   * an old transaction keeps vacuum from removing entries of the index.
   */
  nextOrdered(): Look {
    const look = this.next();
    const since = look.since ?? this.since;
    return { ...look, since, sweepLows: Array(PRIORITY_LEVELS).fill(0), sweepHighs: null, isFull: true };
  }

  note(look: Look, { rows, isFullBatch, lookMs = 0, ...times }: Found): void {
    const mayLower = look.isFull && look.sweepHighs === null;
    this.#noteTaken(rows, isFullBatch && mayLower ? rows.at(-1) : undefined);
    this.#isFlowing = isFullBatch;
    this.#busyUntil = this.#clock.monotonic() + BUSY_MS;
    this.#noteMissed(rows);
    this.#times.note(look, times);
    if (look.isFull) this.#noteFull(look, lookMs, times.sweptMs);
  }

  /** Messages may have been returned, which come before all others. */
  noteReturned(): void {
    this.#isFlowing = false;
  }

  /** A message with this number is ready now. 0: some message is. */
  lower(seq: number): void {
    this.#isNotified = seq > 0;
    if (seq > 0) {
      this.#lows = this.#lows.map((low) => Math.min(low, seq));
      return;
    }
    this.#nextFullAt = 0;
    this.noteReturned();
  }

  /** After a read of the next messages that found nothing: perhaps they were further away. */
  #noteMissed(rows: Found["rows"]): void {
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed === undefined || rows.length === 0) return;
    if (rows.every(({ seq }) => Number(seq) >= missed.high)) this.#reach *= 8;
    if (++this.#misses < MANY_MISSES) return;
    this.#misses = 0;
    this.#knownFrom = this.#clock.monotonic() + MISSED_MS;
  }

  /** `cutAt`: the last of more messages, below which nothing is ready. */
  #noteTaken(rows: Found["rows"], cutAt?: Found["rows"][number]): void {
    for (const row of rows) {
      if (row.rank % 2 === 0) continue;
      const priority = PRIORITY_LEVELS - 1 - (row.rank - 1) / 2;
      const low = Number(row.seq) + 1;
      this.#lows[priority] = row === cutAt ? low : Math.max(this.#lows[priority] ?? 0, low);
    }
  }

  #noteFull({ sweepHighs, sweepLows }: Look, lookMs: number, sweptMs = 0): void {
    const now = this.#clock.monotonic();
    this.#nextFullAt = now + Math.max(FULL_EVERY_MS, PATIENCE * lookMs);
    if (sweepHighs === null) {
      if (this.#isCheap && lookMs >= CHEAP_MS) this.#times.sweepFromNow();
      this.#isCheap = lookMs < CHEAP_MS;
      return;
    }
    this.#part++;
    this.#sweptMs += lookMs - sweptMs;
    if (sweepLows?.some((low) => low > 0)) return;
    this.#isCheap = this.#sweptMs + this.#times.lastSweepMs < CHEAP_MS;
    this.#part = 0;
    this.#sweptMs = 0;
  }
}
