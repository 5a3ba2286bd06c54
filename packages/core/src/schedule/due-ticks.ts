import { cronTicks, type Ticks } from "./cron-ticks.ts";
import type { Cadence, CatchUp } from "./schedule.ts";
import type { Pause } from "./tick-marks.ts";

/** How late a tick may be and still is not missed, in ms: a restart, a busy machine, a clock that is behind. */
const LATE_MS = 60_000;

/** As many ticks as are made up for at most: a schedule by the second has missed 86,400 after a day. */
const MOST_TICKS = 100;

/** What decides which ticks that have come are sent. */
export interface TickPolicy {
  /** Now. */
  readonly until: number;
  readonly catchUp: CatchUp;
  /** Whether the worker has just begun: then only the latest tick can be late, those before it were missed. */
  readonly isFirstLook: boolean;
  /** Ticks of a pause are not made up for. */
  readonly pauses: readonly Pause[];
}

/** Whether a tick came while its schedule was paused. */
export function wasPaused(pauses: readonly Pause[], tick: number): boolean {
  return pauses.some(({ from, until }) => tick >= from && tick <= until);
}

/** Whether some of the ticks that have come may have been missed. */
export function mayBeMissed(ticks: readonly number[], until: number): boolean {
  return ticks.some((tick) => tick < until - LATE_MS);
}

/** The ticks to send a job for, in order, of those that have come. */
export function dueTicks(
  came: readonly number[],
  { until, catchUp, isFirstLook, pauses }: TickPolicy,
): readonly number[] {
  const due = came.filter((tick) => !wasPaused(pauses, tick));
  if (catchUp === "all") return due;
  const late = (isFirstLook ? due.slice(-1) : due).filter((tick) => tick >= until - LATE_MS);
  return catchUp === "last" && late.length === 0 ? due.slice(-1) : late;
}

/**
 * The ticks after a moment and up to another, the latest {@link MOST_TICKS} at most. Mostly the next one has come, or none:
 * looking back is for those who were away.
 */
export function ticksBetween(ticks: Ticks, after: number, until: number): readonly number[] {
  const due: number[] = [];
  for (let at = ticks.after(after); at !== undefined && at <= until; at = ticks.after(at)) {
    if (due.length === MOST_TICKS) return ticks.latest(until, MOST_TICKS);
    due.push(at);
  }
  return due;
}

/** The ticks of a cadence that `defineSchedule` has checked. @throws Error for another one */
export function ticksOf(cadence: Cadence): Ticks {
  return "everyMs" in cadence ? everyTicks(cadence.everyMs) : cronTicks(cadence.cron, cadence.timeZone);
}

/** A cadence in one line, the same for the same ticks. */
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
