import type { Clock } from "@jobs/core/runtime";
import { CHEAP_TIMES_MS } from "../schema/receive-functions.ts";

/** Where a receive looks for messages whose time has come, in ms since 1970 by the server's clock. */
export interface TimesLook {
  /** Times before it have been looked at. `null`: no time is looked at now. */
  readonly since: number | null;
  /** An earlier part of the times that is looked at too, or `null`. */
  readonly sweepSince: number | null;
  /** The end of that part. */
  readonly sweepUntil: number | null;
}

/** What a look at the times has found. */
export interface FoundTimes {
  /** The server's time, in ms since 1970, if all times up to it have been looked at. */
  readonly lookedAt: number | undefined;
  /** How long that took, in ms. `undefined`: not worth a word. */
  readonly dueMs: number | undefined;
  /** How long the earlier part took, in ms, if it was looked at to its end. */
  readonly sweptMs: number | undefined;
}

/** Statements that started longer ago have ended, in ms. Their due times are below `since`. */
const LATENESS_MS = 500;

/** So many looks in a row that are not cheap are no accident. */
const MANY = 8;

/**
 * What is not cheap is done again after this many times of what it took. So it costs 5 % at most, also where rows that
 * vacuum cannot remove slow it down.
 */
export const PATIENCE = 20;

/** The longest rest between two looks, in ms: a message may be so much later than its time. */
const LONGEST_REST_MS = 500;

/** The first part of a sweep covers so many ms. The parts before it are longer where they cost little. */
const FIRST_PART_MS = 1_000;

/** A part of a sweep that takes longer than this is followed by a shorter one, in ms. */
const LONG_PART_MS = 5;

/** How often all times are swept, in ms. */
const SWEEP_EVERY_MS = 60_000;

/**
 * The times at which messages become ready: due times, and the ends of leases. An index keeps the entries of dead rows
 * while any transaction is older, and so the ends of all leases of that time. A look covers the times since the last
 * look. Where that is not cheap it rests between looks. Earlier messages are rare: their transaction committed late.
 * They are found by a look at all, or by a sweep in parts where that is not cheap.
 */
export class DueTimes {
  readonly #clock: Clock;
  #since = 0;
  #costly = 0;
  #restUntil = 0;
  #sweptUntil: number | undefined;
  #partMs = FIRST_PART_MS;
  #nextSweepAt = 0;
  #sweepMs = 0;
  #lastSweepMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Times before it have been looked at. 0: none. */
  get since(): number {
    return this.#since;
  }

  /** How long the last sweep of all times took, in ms; `Infinity` without one. */
  get lastSweepMs(): number {
    return this.#lastSweepMs;
  }

  /** Begins where another process has looked last. */
  startFrom(since: number): void {
    this.#since = since;
  }

  /** The next look covers all times. */
  all(): TimesLook {
    return { since: 0, sweepSince: null, sweepUntil: null };
  }

  /** The next look after the last one. `isSweep`: with an earlier part, where it is time for one. */
  next(isSweep: boolean): TimesLook {
    const now = this.#clock.monotonic();
    const since = now < this.#restUntil ? null : this.#since;
    if (!isSweep || now < this.#nextSweepAt || this.#since === 0)
      return { since, sweepSince: null, sweepUntil: null };
    const sweepUntil = this.#sweptUntil ?? this.#since;
    return { since, sweepSince: Math.max(0, sweepUntil - this.#partMs), sweepUntil };
  }

  /** A look at all is not cheap any more: sweeps take its place. */
  sweepFromNow(): void {
    this.#nextSweepAt = 0;
    this.#endSweep();
    this.#lastSweepMs = Number.POSITIVE_INFINITY;
  }

  note(look: TimesLook, { lookedAt, dueMs = 0, sweptMs }: FoundTimes): void {
    if (lookedAt !== undefined) this.#since = lookedAt - LATENESS_MS;
    if (look.since !== null && look.since > 0) this.#noteCost(dueMs);
    if (look.sweepSince !== null && sweptMs !== undefined) this.#notePart(look.sweepSince, sweptMs);
  }

  #noteCost(dueMs: number): void {
    this.#costly = dueMs > CHEAP_TIMES_MS ? this.#costly + 1 : 0;
    if (this.#costly < MANY) return;
    this.#restUntil = this.#clock.monotonic() + Math.min(LONGEST_REST_MS, PATIENCE * dueMs);
  }

  #notePart(since: number, tookMs: number): void {
    this.#sweepMs += tookMs;
    this.#sweptUntil = since;
    if (tookMs < CHEAP_TIMES_MS) this.#partMs *= 2;
    else if (tookMs > LONG_PART_MS) this.#partMs = Math.max(1, Math.floor(this.#partMs / 2));
    if (since > 0) return;
    this.#lastSweepMs = this.#sweepMs;
    this.#nextSweepAt = this.#clock.monotonic() + Math.max(SWEEP_EVERY_MS, PATIENCE * this.#sweepMs);
    this.#endSweep();
  }

  #endSweep(): void {
    this.#sweepMs = 0;
    this.#sweptUntil = undefined;
    this.#partMs = FIRST_PART_MS;
  }
}
