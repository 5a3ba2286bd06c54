import { cronTicks, type Ticks } from "./cron-ticks.ts";
import type { Cadence, CatchUp } from "./schedule.ts";
import type { Pause } from "./tick-records.ts";

/** How late a tick may be without being missed, in ms: for a restart, a busy machine or a slow clock. */
const MAX_LATE_MS = 60_000;

/** The most missed ticks that are sent: a schedule of every second misses 86,400 in a day. */
const MAX_TICKS = 100;

/** Decides which past ticks are sent. */
export interface TickPolicy {
  /** The current time, in ms since 1970. */
  readonly until: number;
  readonly catchUp: CatchUp;
  /** Whether the worker has just started. */
  readonly isFirstCheck: boolean;
  /** Ticks during a pause are never sent. */
  readonly pauses: readonly Pause[];
}

/** Whether a tick was due while its schedule was paused. */
export function wasPaused(pauses: readonly Pause[], tick: number): boolean {
  return pauses.some(({ from, until }) => tick >= from && tick <= until);
}

/** Whether some of the past ticks may have been missed. */
export function mayBeMissed(ticks: readonly number[], until: number): boolean {
  return ticks.some((tick) => tick < until - MAX_LATE_MS);
}

/**
 * The past ticks to send a job for, in order. After a start only the latest tick can be late; earlier ones were missed.
 * The same holds after a break: a process was suspended, or its clock was put forward.
 */
export function dueTicks(
  passed: readonly number[],
  { until, catchUp, isFirstCheck, pauses }: TickPolicy,
): readonly number[] {
  const due = passed.filter((tick) => !wasPaused(pauses, tick));
  if (catchUp === "all") return due;
  const wasAway = isFirstCheck || mayBeMissed(passed, until);
  const late = (wasAway ? due.slice(-1) : due).filter((tick) => tick >= until - MAX_LATE_MS);
  return catchUp === "last" && late.length === 0 ? due.slice(-1) : late;
}

/**
 * The ticks after `after` and up to `until`, at most the latest {@link MAX_TICKS}. Usually that is one or none; it
 * searches backwards only after a longer break.
 */
export function ticksBetween(ticks: Ticks, after: number, until: number): readonly number[] {
  const due: number[] = [];
  for (let at = ticks.after(after); at !== undefined && at <= until; at = ticks.after(at)) {
    if (due.length === MAX_TICKS) return ticks.latest(until, MAX_TICKS);
    due.push(at);
  }
  return due;
}

/** The ticks of a cadence that `defineSchedule` has checked. @throws Error for another one */
export function ticksOf(cadence: Cadence): Ticks {
  return "everyMs" in cadence ? everyTicks(cadence.everyMs) : cronTicks(cadence.cron, cadence.timeZone);
}

/** A cadence as one line of text, the same for the same ticks. */
export function cadenceText(cadence: Cadence): string {
  return "everyMs" in cadence ? `every ${cadence.everyMs}` : `${cadence.cron} ${cadence.timeZone}`;
}

function everyTicks(everyMs: number): Ticks {
  const before = (ms: number) => Math.floor(ms / everyMs) * everyMs;
  return {
    after: (ms) => before(ms) + everyMs,
    latest: (until, count) =>
      Array.from({ length: count }, (_, index) => before(until) - (count - 1 - index) * everyMs),
  };
}
