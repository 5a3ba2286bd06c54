import type { Clock } from "@jobs/core/runtime";
import { PRIORITY_LEVELS } from "../schema/broker-tables.ts";

/** Where a receive looks for ready messages. Arrays are by priority. */
export interface Look {
  /** Times up to it have been looked at, in ms since 1970 by the server's clock. */
  readonly since: number;
  /** The lowest numbers that may be ready. */
  readonly lows: readonly number[];
  /** Also look from here, where `lows` brings too few. */
  readonly sweepLows: readonly number[] | null;
  /** Where that look ends. `null`: with the last message. */
  readonly sweepHighs: readonly number[] | null;
  /** Whether to sweep in any case. */
  readonly isFull: boolean;
}

/** What a receive has found. */
export interface Found {
  /** Rank and number of each message, in their order. */
  readonly rows: readonly { readonly rank: number; readonly seq: string }[];
  readonly isFullBatch: boolean;
  /** The server's time, in ms since 1970, if it has looked at due times and said so. */
  readonly lookedAt: number | undefined;
  /** How long the whole look took, in ms, if there was one. */
  readonly lookMs: number | undefined;
}

/** The shortest time between two full looks of a busy queue, in ms. */
const FULL_EVERY_MS = 100;

/** A look at all is taken again after this many times of what it took. So it costs 5 % at most. */
const PATIENCE = 20;

/** A look up to this long is cheap, in ms. */
const CHEAP_MS = 5;

/** Numbers in one part of a sweep. */
const SWEEP_STEP = 50_000;

/** Statements that started longer ago have ended, in ms. Their due times are below `since`. */
const LATENESS_MS = 500;

/** How often all due times are looked at where a look is not cheap, in ms. */
const ALL_TIMES_EVERY_MS = 60_000;

/**
 * The part of a queue's indexes where this process looks first. An index keeps an entry of each dead row until vacuum
 * removes it, which a long transaction of somebody prevents for hours. A receive from the start of the index would walk
 * over all of them. So it begins after the last message that it took. Messages with lower numbers are rare: their
 * transaction committed late, or their receive was undone. They are found by a look at all, which is repeated as often
 * as it is cheap. Where it is not, it is done in parts, from the newest to the oldest.
 */
export class ReadyRange {
  readonly #clock: Clock;
  #lows: number[] = Array(PRIORITY_LEVELS).fill(0);
  #since = 0;
  #nextFullAt = 0;
  #nextAllTimesAt = 0;
  #isCheap = true;
  /** The next part of a sweep, counted from `lows` downwards. */
  #part = 0;
  #sweptMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The lowest numbers that may be ready, by priority. */
  get lows(): readonly number[] {
    return this.#lows;
  }

  /** Times up to it have been looked at, in ms since 1970 by the server's clock. 0: none. */
  get since(): number {
    return this.#since;
  }

  /** Begins where another process has looked last, unless this one has looked already. */
  startFrom(lows: readonly number[], since: number): void {
    if (this.#since > 0 || since === 0 || lows.length !== PRIORITY_LEVELS) return;
    this.#lows = [...lows];
    this.#since = since;
    this.#isCheap = false;
    this.#nextAllTimesAt = this.#clock.monotonic() + ALL_TIMES_EVERY_MS;
  }

  next(): Look {
    const now = this.#clock.monotonic();
    const isFull = now >= this.#nextFullAt;
    const lows = [...this.#lows];
    const since = isFull && (this.#isCheap || now >= this.#nextAllTimesAt) ? 0 : this.#since;
    if (this.#isCheap)
      return { since, lows, sweepLows: Array(PRIORITY_LEVELS).fill(0), sweepHighs: null, isFull };
    if (!isFull) return { since, lows, sweepLows: null, sweepHighs: null, isFull };
    const below = (parts: number) => lows.map((low) => Math.max(0, low - parts * SWEEP_STEP));
    return { since, lows, sweepLows: below(this.#part + 1), sweepHighs: below(this.#part), isFull };
  }

  note(look: Look, { rows, isFullBatch, lookedAt, lookMs }: Found): void {
    const cutAt = isFullBatch ? rows.at(-1) : undefined;
    const mayLower = look.isFull && look.sweepHighs === null;
    for (const row of rows) {
      if (row.rank % 2 === 0) continue;
      const priority = PRIORITY_LEVELS - 1 - (row.rank - 1) / 2;
      const low = Number(row.seq) + 1;
      this.#lows[priority] = mayLower && row === cutAt ? low : Math.max(this.#lows[priority] ?? 0, low);
    }
    if (lookedAt !== undefined) this.#since = lookedAt - LATENESS_MS;
    if (look.isFull) this.#noteFull(look, lookMs ?? 0);
  }

  /** A message with this number is ready now. 0: some message is. */
  lower(seq: number): void {
    if (seq === 0) this.#nextFullAt = 0;
    else this.#lows = this.#lows.map((low) => Math.min(low, seq));
  }

  #noteFull({ since, sweepHighs, sweepLows }: Look, lookMs: number): void {
    const now = this.#clock.monotonic();
    this.#nextFullAt = now + Math.max(FULL_EVERY_MS, PATIENCE * lookMs);
    if (since === 0) this.#nextAllTimesAt = now + Math.max(ALL_TIMES_EVERY_MS, PATIENCE * lookMs);
    if (sweepHighs === null) {
      this.#isCheap = lookMs < CHEAP_MS;
      this.#part = 0;
      this.#sweptMs = 0;
      return;
    }
    this.#part++;
    this.#sweptMs += lookMs;
    if (sweepLows?.some((low) => low > 0)) return;
    this.#isCheap = this.#sweptMs < CHEAP_MS;
    this.#part = 0;
    this.#sweptMs = 0;
  }
}
