import type { Ticks } from "./cron-ticks.ts";
import type { CatchUp } from "./schedule.ts";

/** How late a tick may be and still is not missed, in ms: a restart, a busy machine, a clock that is behind. */
const LATE_MS = 60_000;

/** As many ticks as are made up for at most: a schedule by the second has missed 86,400 after a day. */
const MOST_TICKS = 100;

/** A stretch of time to look at. */
export interface TickSpan {
  /** Ticks up to here were looked at before. */
  readonly after: number;
  /** Now. */
  readonly until: number;
  readonly catchUp: CatchUp;
}

/** The ticks to send a job for now, in order. */
export function dueTicks(ticks: Ticks, { after, until, catchUp }: TickSpan): readonly number[] {
  const due = latestTicks(ticks, after, until);
  const late = due.filter((tick) => tick >= until - LATE_MS);
  if (catchUp === "all") return due;
  return catchUp === "last" && late.length === 0 ? due.slice(-1) : late;
}

/** Mostly the next one has come, or none: looking back is for those who were away. */
function latestTicks(ticks: Ticks, after: number, until: number): readonly number[] {
  const due: number[] = [];
  for (let at = ticks.after(after); at !== undefined && at <= until; at = ticks.after(at)) {
    if (due.length === MOST_TICKS) return ticks.latest(until, MOST_TICKS);
    due.push(at);
  }
  return due;
}
