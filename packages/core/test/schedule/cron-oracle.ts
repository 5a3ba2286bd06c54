/**
 * Computes cron ticks by checking every minute of the zone's local time. It is slow, and shares only `Intl` with the
 * tested code, which knows the zones. Fields are sets, so that nothing is parsed.
 */
export interface OracleFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Day of the month, month from 1; each empty for any. */
  readonly days?: readonly number[];
  readonly months?: readonly number[];
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** What the clocks show at each minute of a span, as minutes since 1970 as if the zone were UTC. */
export function shownMinutes(timeZone: string, from: number, to: number): Float64Array {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const exact = (at: number) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] =
      format.format(at).match(/\d+/g)?.map(Number) ?? [];
    return Date.UTC(year, month - 1, day, hour, minute) / MINUTE_MS;
  };
  const shown = new Float64Array((to - from) / MINUTE_MS);
  // Between two readings that are as far apart as they should be, the clocks were left alone.
  const fill = (low: number, high: number) => {
    if (high - low <= 1) return;
    if ((shown[high] ?? 0) - (shown[low] ?? 0) === high - low && high - low <= 60) {
      for (let index = low + 1; index < high; index++) shown[index] = (shown[low] ?? 0) + index - low;
      return;
    }
    const middle = (low + high) >> 1;
    shown[middle] = exact(from + middle * MINUTE_MS);
    fill(low, middle);
    fill(middle, high);
  };
  const last = shown.length - 1;
  shown[0] = exact(from);
  shown[last] = exact(from + last * MINUTE_MS);
  fill(0, last);
  return shown;
}

/** All ticks in a span, which begins where the clocks have been left alone for two days. */
export function oracleTicks(shown: Float64Array, from: number, fields: OracleFields): readonly number[] {
  const isEveryHour = fields.hours.length === 24;
  const ticks: number[] = [];
  let highest = (shown[0] ?? 0) - 1;
  for (let index = 0; index < shown.length; index++) {
    const now = shown[index] ?? 0;
    const previous = index === 0 ? now - 1 : (shown[index - 1] ?? 0);
    if (isEveryHour) {
      if (fits(now, fields)) ticks.push(from + index * MINUTE_MS);
      continue;
    }
    let isDue = false;
    for (let minute = Math.max(previous, highest) + 1; minute <= now; minute++)
      isDue ||= fits(minute, fields);
    if (isDue) ticks.push(from + index * MINUTE_MS);
    highest = Math.max(highest, now);
  }
  return ticks;
}

function fits(minute: number, { minutes, hours, days = [], months = [] }: OracleFields): boolean {
  const ofDay = minute % DAY_MINUTES;
  if (!minutes.includes(ofDay % 60) || !hours.includes(Math.floor(ofDay / 60))) return false;
  if (days.length === 0 && months.length === 0) return true;
  const date = new Date(minute * MINUTE_MS);
  return (
    (days.length === 0 || days.includes(date.getUTCDate())) &&
    (months.length === 0 || months.includes(date.getUTCMonth() + 1))
  );
}

/**
 * The spans around each clock change, in minutes since the first one; one span without a change where there is none.
 */
export function stretchesToCheck(shown: Float64Array): readonly (readonly [from: number, to: number])[] {
  const changes: number[] = [];
  for (let index = 1; index < shown.length; index++)
    if ((shown[index] ?? 0) - (shown[index - 1] ?? 0) !== 1) changes.push(index);
  const places = changes.length === 0 ? [shown.length >> 1] : changes;
  return places
    .map((at) => [at - CALM_MINUTES, at + CALM_MINUTES] as const)
    .filter(([from, to]) => from > CALM_MINUTES && to < shown.length);
}

/** Longer than any repeated span of time, so that an oracle that begins this much earlier has seen all of it. */
export const CALM_MINUTES = 2 * DAY_MINUTES;
