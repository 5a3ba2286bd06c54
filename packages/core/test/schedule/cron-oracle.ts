/**
 * Computes cron ticks by checking every minute of the zone's local time. It shares only `Intl` with the tested code,
 * and asks it in another way. Fields are sets, so that nothing is parsed. All times are minutes since 1970; local
 * times are minutes as if the zone were UTC.
 */
export interface OracleFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Day of the month, month from 1, weekday from 0 for Sunday; each absent for any. */
  readonly days?: readonly number[];
  readonly months?: readonly number[];
  readonly weekdays?: readonly number[];
}

/** The minute at which a zone's clocks begin to have an offset from UTC, in minutes. */
export interface OffsetStart {
  readonly at: number;
  readonly offset: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** The offset at `from`, and each change up to `to`. It looks at every hour, and then searches the minute. */
export function readOffsets(timeZone: string, from: number, to: number): readonly OffsetStart[] {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", timeZoneName: "longOffset" });
  const nameAt = (minute: number) => format.format(minute * MINUTE_MS).slice(FIRST_OF_NAME);
  let name = nameAt(from);
  const starts = [{ at: from, offset: offsetNamed(name) }];
  for (let hour = from + 60; hour <= to; hour += 60) {
    const next = nameAt(hour);
    if (next === name) continue;
    let [low, high] = [hour - 60, hour];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (nameAt(middle) === name) low = middle;
      else high = middle;
    }
    starts.push({ at: high, offset: offsetNamed(next) });
    name = next;
  }
  return starts;
}

/** `2026, GMT+05:30`: the name begins here. */
const FIRST_OF_NAME = 6;

/** The offset of a name such as `GMT-03:30`, in minutes; `GMT` has none. */
function offsetNamed(name: string): number {
  if (name === "GMT") return 0;
  const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)$/.exec(name) ?? [];
  if (sign === undefined) throw new Error(`${name} is no offset.`);
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** What the clocks show at each minute from `from` to before `to`. */
export function shownMinutes(starts: readonly OffsetStart[], from: number, to: number): Float64Array {
  const shown = new Float64Array(to - from);
  for (const [index, { at, offset }] of starts.entries()) {
    const end = Math.min(to, starts[index + 1]?.at ?? to);
    for (let minute = Math.max(from, at); minute < end; minute++) shown[minute - from] = minute + offset;
  }
  return shown;
}

/** All ticks in a span, which begins where the clocks have been left alone for {@link CALM_MINUTES}. */
export function oracleTicks(shown: Float64Array, from: number, fields: OracleFields): readonly number[] {
  const isEveryHour = fields.hours.length === 24;
  const ofDay = Array.from({ length: DAY_MINUTES }, (_, minute) => fitsDay(minute, fields));
  const fits = (minute: number) => ofDay[minute % DAY_MINUTES] === true && fitsDate(minute, fields);
  const ticks: number[] = [];
  let highest = (shown[0] ?? 0) - 1;
  let previous = highest;
  for (let index = 0; index < shown.length; index++) {
    const now = shown[index] ?? 0;
    let isDue = false;
    if (isEveryHour) isDue = fits(now);
    else for (let minute = Math.max(previous, highest) + 1; minute <= now; minute++) isDue ||= fits(minute);
    if (isDue) ticks.push(from + index);
    highest = Math.max(highest, now);
    previous = now;
  }
  return ticks;
}

function fitsDay(minute: number, { minutes, hours }: OracleFields): boolean {
  return minutes.includes(minute % 60) && hours.includes(Math.floor(minute / 60));
}

function fitsDate(minute: number, { days, months, weekdays }: OracleFields): boolean {
  const date = new Date(minute * MINUTE_MS);
  return (
    days?.includes(date.getUTCDate()) !== false &&
    months?.includes(date.getUTCMonth() + 1) !== false &&
    weekdays?.includes(date.getUTCDay()) !== false
  );
}

/** Longer than any repeated span of time, so that an oracle that begins this much earlier has seen all of it. */
export const CALM_MINUTES = 2 * DAY_MINUTES;
